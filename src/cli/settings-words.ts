import { settingPlace } from '../config/settings-key.js';
import { REDACTED, type ListedSetting } from '../config/settings-view.js';
import type { SettingChange } from '../config/settings-write.js';

const WIDTH = 80;
const SOURCE_WIDTH = 'environment'.length;

/** A line a setting, those that are set first. */
export function listWords(file: string, settings: readonly ListedSetting[]): string {
  const keyWidth = Math.max(...settings.map(({ key }) => key.length));
  const valueWidth = WIDTH - keyWidth - SOURCE_WIDTH - 2;
  const line = ({ key, value, source }: ListedSetting) =>
    `${key.padEnd(keyWidth)} ${cut(value === undefined ? '(not set)' : JSON.stringify(value), valueWidth).padEnd(valueWidth)} ${source}`;
  const isDefault = ({ source }: ListedSetting) => source === 'default';
  const variables = settings.flatMap(({ variable }) => variable ?? []);
  return [
    `Set in ${file}, or in the environment:`,
    ...settings.filter((setting) => !isDefault(setting)).map(line),
    '',
    'As they are without being set:',
    ...settings.filter(isDefault).map(line),
    ...(variables.length === 0 ? [] : ['', 'These variables of the environment win over the file:']),
    ...variables.map((name) => `  ${name}`),
  ].join('\n');
}

export function changeWords(key: string, change: SettingChange): string {
  const { changed, overriddenBy } = change;
  const effect =
    overriddenBy.length > 0
      ? ['The environment wins over it until this is taken away:', ...overriddenBy.map((name) => `  ${name}`)]
      : changed
        ? [takesEffect(change)]
        : [];
  return [whatChanged(key, change), ...effect].join('\n');
}

function whatChanged(key: string, { changed, before, after }: SettingChange): string {
  if (!changed && after === undefined) return `${key} is not in the file; nothing was written.`;
  if (!changed)
    return firstThatFits([`${key} is ${shown(after)} already; nothing was written.`, 'Nothing has changed.']);
  const short = `${key} is changed.`;
  if (after === undefined) return firstThatFits([withoutIt(key), short]);
  if (shown(after).includes(REDACTED)) return `${key} is changed; secrets are not shown.`;
  const sentence = `${key} is now ${shown(after)}`;
  const isToldBefore = before !== undefined && !shown(before).includes(REDACTED);
  const was = isToldBefore ? [`${sentence}; it was ${shown(before)}.`] : [];
  return firstThatFits([...was, `${sentence}.`, short]);
}

function withoutIt(key: string): string {
  const { default: fallback } = settingPlace(key).node;
  if (fallback === undefined) return `${key} is no longer set.`;
  return `${key} is back at its default, ${shown(fallback)}.`;
}

function takesEffect({ atNextStart, behindLink }: SettingChange): string {
  if (atNextStart) return 'The daemon takes it at its next start.';
  if (behindLink) return 'The file is a link, where a daemon sees no change: send it SIGHUP.';
  return 'A daemon that runs takes it up now.';
}

/** For standard error. */
export function changeWarnings({ plainSecrets, lostSecrets, ownerKept }: SettingChange): string[] {
  return [
    ...plainSecrets.map(
      (key) =>
        `warning: ${key} stands as plain text in the file,\nand in the shell's history. Write "env:NAME" or "file:PATH" instead.`,
    ),
    ...lostSecrets.map(
      ({ path, found, wanted }) => `warning: seen from here, ${path} is ${found}.\nThe daemon needs ${wanted}.`,
    ),
    ...(ownerKept ? [] : ['warning: the file belongs to you now. See that the daemon can still read it.']),
  ];
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

function firstThatFits(sentences: readonly string[]): string {
  return sentences.find((sentence) => sentence.length <= WIDTH) ?? sentences.at(-1) ?? '';
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 3)}...` : text;
}
