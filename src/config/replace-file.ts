import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../lib/errors.js';

/** No writer takes as long: what is older was left by one that was killed. */
const LEFTOVER_MS = 60_000;

/** The same of the lock, which is held for the comparison and the rename only. */
export const DEAD_LOCK_MS = 5_000;

export interface Replaced {
  /** False when another writer was quicker: the file is locked, or does not hold `expected` any more. Then nothing was written. */
  readonly replaced: boolean;
  /** False when the new file belongs to whoever wrote it, since owners may not be changed by everybody. */
  readonly ownerKept: boolean;
}

/**
 * Puts another content in the place of a file, no link, in one step: whoever looks, at any moment, also after a kill or a power cut,
 * finds the old or the new one. Mode and owner stay. No other writer comes between the comparison and the rename: of this process
 * since nothing is awaited on the way (and so no signal comes either), of other processes since a file beside it is the lock.
 * @throws AppError FILE_UNWRITABLE; nothing stays behind
 */
export function replaceFile(path: string, expected: Buffer, content: string): Replaced {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  const temporary = join(folder, `${prefix}${randomBytes(6).toString('hex')}.tmp`);
  try {
    accessSync(path, constants.W_OK);
    const ownerKept = writeLike(temporary, statSync(path), content);
    removeLeftovers(folder, prefix, statSync(temporary).mtimeMs - LEFTOVER_MS);
    const replaced = locked(join(folder, `${prefix}lock`), statSync(temporary).mtimeMs, () => {
      if (!readFileSync(path).equals(expected)) return false;
      renameSync(temporary, path);
      return true;
    });
    if (replaced) syncFolder(folder);
    else rmSync(temporary);
    return { replaced, ownerKept };
  } catch (error) {
    rmSync(temporary, { force: true });
    throw unwritable(path, error);
  }
}

/** False, without `work`, when somebody else holds the lock. `now` is by the clock of the file system, in milliseconds. */
function locked(lock: string, now: number, work: () => boolean): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // Not taken over at once: of several that find it dead, each would have it.
    if ((statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? now) < now - DEAD_LOCK_MS) rmSync(lock, { force: true });
    return false;
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Returns whether the owner could be kept. */
function writeLike(path: string, { mode, uid, gid }: Stats, content: string): boolean {
  const file = openSync(path, 'wx', 0o600);
  try {
    const ownerKept = giveTo(file, uid, gid);
    fchmodSync(file, mode & 0o7777); // after the owner: changing that takes bits away
    writeFileSync(file, content);
    fsyncSync(file);
    return ownerKept;
  } finally {
    closeSync(file);
  }
}

function giveTo(file: number, uid: number, gid: number): boolean {
  try {
    fchownSync(file, uid, gid);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EPERM') return false;
    throw error;
  }
}

function removeLeftovers(folder: string, prefix: string, before: number): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length))) continue;
    const path = join(folder, name);
    const isOld = (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
    if (isOld) rmSync(path, { force: true });
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some network file systems sync no folders; the file is in its place all the same.
    if (codeOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(handle);
  }
}

function unwritable(path: string, cause: unknown): AppError {
  return new AppError('FILE_UNWRITABLE', `${path} cannot be written: ${whyNot(codeOf(cause))}`, { cause });
}

function whyNot(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write the file, or not its folder';
    case 'EROFS':
      return 'its file system is read-only';
    case 'EBUSY':
      return 'it is mounted by itself; mount its folder instead';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left';
    default:
      return code;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
