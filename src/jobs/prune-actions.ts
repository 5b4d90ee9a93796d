import { pruneActions } from '../db/actions.js';
import { DAY } from '../lib/clock.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import type { JobServices } from './services.js';

/** reengaged_prune_actions: once a day forgets what was completed long ago. Failed actions, the dead letters, stay. Returns the count. */
export function pruneActionsHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.pruneActions,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => {
      const before = services.clock.now() - services.config().queue.keep_complete_days * DAY;
      let pruned = 0;
      for (let piece = -1; piece !== 0; pruned += piece) piece = await pruneActions(services.database, before);
      return { name: 'done', result: pruned };
    },
  };
}
