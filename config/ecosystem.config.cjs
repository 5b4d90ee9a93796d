const { join } = require('node:path');

/** For pm2: `pm2 start config/ecosystem.config.cjs`. `pm2 sendSignal SIGHUP reengaged` reads the configuration again. */
module.exports = {
  apps: [
    {
      name: 'reengaged',
      script: join(__dirname, '../dist/cli/main.js'),
      args: ['start', '--config', process.env.REENGAGED_CONFIG ?? join(__dirname, 'reengaged.json')],
      // One process: the queue is in it.
      instances: 1,
      exec_mode: 'fork',
      autorestart: true,
      exp_backoff_restart_delay: 1_000,
      // 78: the configuration is wrong. Starting again does not help.
      stop_exit_codes: [0, 78],
      // Milliseconds, above queue.drain_seconds (30 unless set otherwise): what is under way may end.
      kill_timeout: 60_000,
      time: false,
    },
  ],
};
