import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

/** Every line fits into this many columns. */
const WIDTH = 80;
const BUBBLE = 62;
const BAR = 24;
/** On a terminal, between two things to look at, milliseconds. */
const BEAT = 350;

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Style = keyof typeof CODES;

interface BarRow {
  readonly name: string;
  readonly count: number;
  readonly words: string;
  readonly style: Style;
}

interface BubbleText {
  /** In the upper border: what kind of message it is, and to whom. */
  readonly label: string;
  readonly style: Style;
  readonly to: string;
  /** In the lower border. */
  readonly time: string;
  /** As the pretend WhatsApp renders it: lines, then `[label: value]` for each button. */
  readonly rendered: string;
}

export interface Terminal {
  title(text: string): void;
  /** A paragraph, broken into lines; no text is an empty line. `indent` in columns. */
  say(text?: string, style?: Style, indent?: number): void;
  fact(name: string, text: string): void;
  bars(rows: readonly BarRow[]): void;
  bubble(bubble: BubbleText): void;
  /** A bar that grows on a terminal, and elsewhere is drawn once, when `done` reaches `total`. */
  progress(words: string, done: number, total: number): void;
  /** On a terminal: time to look at what has been drawn. */
  beat(): Promise<void>;
}

/** Colour and moving lines only on a terminal, colour not with NO_COLOR (no-color.org). */
export function createTerminal(
  stream: Writable & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const moving = stream.isTTY === true;
  const colours = moving && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const paint = (text: string, ...styles: readonly Style[]) =>
    colours ? styles.reduceRight((inner, style) => `\u001b[${CODES[style]}m${inner}\u001b[0m`, text) : text;
  let isAfterBlank = false;
  const line = (text: string) => {
    stream.write(`${text}\n`);
    isAfterBlank = text === '';
  };

  const say: Terminal['say'] = (text = '', style, indent = 2) => {
    for (const each of wrap(text, WIDTH - indent - 1)) {
      const shown = ' '.repeat(indent) + (style === undefined ? each : paint(each, style));
      line(each === '' ? '' : shown);
    }
  };

  return {
    title: (text) => {
      if (!isAfterBlank) line('');
      line(`${paint(text, 'bold')} ${paint('─'.repeat(WIDTH - 2 - text.length), 'dim')}`);
      line('');
    },
    say,
    fact: (name, text) => {
      const [first = '', ...others] = wrap(text, WIDTH - 15);
      line(`  ${paint(name.padEnd(11), 'dim')} ${first}`);
      for (const each of others) line(' '.repeat(14) + each);
    },
    bars: (rows) => {
      const most = Math.max(1, ...rows.map((row) => row.count));
      const names = Math.max(...rows.map((row) => row.name.length));
      for (const { name, count, words, style } of rows) {
        const bar = '▪'.repeat(Math.ceil((count / most) * BAR)).padEnd(BAR);
        line(`  ${paint(name.padEnd(names), style)} ${String(count).padStart(4)} ${paint(bar, style)} ${words}`);
      }
    },
    bubble: ({ label, style, to, time, rendered }) => {
      const inner = BUBBLE - 4;
      const edge = (text: string) => paint(text, style);
      const row = (text: string, ...styles: readonly Style[]) => {
        line(`  ${edge('│')} ${paint(text, ...styles)}${' '.repeat(inner - text.length)} ${edge('│')}`);
      };
      const { texts, buttons } = messageParts(rendered);
      const dashes = BUBBLE - 8 - label.length - to.length;
      line(`  ${edge('╭─')} ${paint(label, style, 'bold')} ${edge('─'.repeat(dashes))} ${to} ${edge('─╮')}`);
      texts.forEach((text, index) => {
        const styles: Style[] = index === texts.length - 1 && texts.length > 1 ? ['dim'] : [];
        if (index > 0) row('');
        for (const each of wrap(text, inner)) row(each, ...styles);
      });
      line(`  ${edge(`├${'─'.repeat(BUBBLE - 2)}┤`)}`);
      for (const button of buttons) row(shortened(button, inner), 'cyan');
      line(`  ${edge(`╰${'─'.repeat(BUBBLE - time.length - 7)}`)} ${time} ✓ ${edge('─╯')}`);
      line('');
    },
    progress: (words, done, total) => {
      const over = done >= total;
      if (!over && !moving) return;
      const filled = total === 0 ? BAR : Math.floor((Math.min(done, total) / total) * BAR);
      const bar = `${paint('█'.repeat(filled), 'green')}${paint('░'.repeat(BAR - filled), 'dim')}`;
      isAfterBlank = false;
      stream.write(`${moving ? '\r' : ''}  ${bar} ${counted(done)} of ${counted(total)} ${words}${over ? '\n' : ''}`);
    },
    beat: async () => {
      if (moving) await wait(BEAT);
    },
  };
}

export function counted(count: number): string {
  return count.toLocaleString('en');
}

function messageParts(rendered: string): { texts: string[]; buttons: string[] } {
  const lines = rendered.split('\n');
  const buttons = lines.flatMap((each) => {
    const [whole, label = '', value = ''] = /^\[(.*?): (.*)\]$/.exec(each) ?? [];
    return whole === undefined ? [] : [`${label} → ${value.replace(/^https:\/\/|\?.*$/g, '')}`];
  });
  return { texts: lines.filter((each) => !/^\[.*\]$/.test(each)), buttons };
}

const shortened = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

/** Lines of at most `width` characters, broken between words. */
function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
