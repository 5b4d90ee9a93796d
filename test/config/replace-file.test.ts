import fs, {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { DEAD_LOCK_MS, replaceFile } from '../../src/config/replace-file.js';
import { writeSetting } from '../../src/config/settings-write.js';
import { isAppError, type AppError } from '../../src/lib/errors.js';
import { runChild } from '../support/child.js';
import { EXAMPLE, temporaryFolder, type Folder } from './support.js';

const KEY = 'reengagement.inactivity_threshold';
const NOBODY = 65_534;
const example = readFileSync(EXAMPLE, 'utf8');
const changed = example.replace('"inactivity_threshold": 60', '"inactivity_threshold": 45');

describe('the configuration file is replaced', function () {
  this.timeout(60_000);
  let folder: Folder;
  let path: string;
  beforeEach(() => {
    folder = temporaryFolder();
    path = folder.write(example);
  });
  afterEach(() => {
    chmodSync(folder.path, 0o700);
    folder.remove();
  });

  const names = () => readdirSync(folder.path).sort();
  const set = () => writeSetting(path, KEY, 45, {});
  const child = (how: string) => runChild('settings-child.ts', [path, KEY, '45', how]);
  async function refusal(): Promise<AppError> {
    const error: unknown = await set().catch((reason: unknown) => reason);
    if (isAppError(error)) return error;
    throw new Error('It was written.');
  }

  /** As a kernel that refuses one call; the rest of node:fs stays what it is. */
  async function refusing(call: 'renameSync' | 'writeFileSync' | 'fsyncSync', code: string, work: () => Promise<void>) {
    const original = fs[call];
    Object.assign(fs, {
      [call]: () => {
        throw Object.assign(new Error(code), { code });
      },
    });
    syncBuiltinESMExports();
    try {
      await work();
    } finally {
      Object.assign(fs, { [call]: original });
      syncBuiltinESMExports();
    }
  }

  it('and its mode stays', async () => {
    chmodSync(path, 0o640);
    const before = statSync(path);
    expect(await set()).to.include({ changed: true, ownerKept: true });
    expect(statSync(path)).to.include({ mode: before.mode, uid: before.uid, gid: before.gid });
    expect(names()).to.deep.equal(['reengaged.json']);
  });

  it('behind a link, which stays one', async () => {
    const link = join(folder.path, 'link.json');
    mkdirSync(join(folder.path, 'real'));
    const target = join(folder.path, 'real/there.json');
    writeFileSync(target, example);
    symlinkSync('real/there.json', link);
    expect(await writeSetting(link, KEY, 45, {})).to.include({ changed: true, behindLink: true });
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
    expect(readFileSync(target, 'utf8')).to.equal(changed);
    expect(readdirSync(join(folder.path, 'real'))).to.deep.equal(['there.json']);
  });

  for (const [call, state] of [
    ['writeFileSync:1', 'old'],
    ['fsyncSync:1', 'old'],
    ['renameSync:1', 'old'],
    ['fsyncSync:2', 'new'],
  ] as const)
    it(`in one step: a kill before ${call} leaves the ${state} one whole`, async () => {
      expect(await child(call)).to.include({ signal: 'SIGKILL' });
      expect(readFileSync(path, 'utf8')).to.equal(state === 'old' ? example : changed);
    });

  it('and what a killed writer left is cleared away by a later one', async () => {
    const old = folder.write('{}', '.reengaged.json.0123456789ab.tmp');
    const young = folder.write('{}', '.reengaged.json.ba9876543210.tmp');
    const others = folder.write('{}', '.other.json.0123456789ab.tmp');
    for (const file of [old, others]) utimesSync(file, 1, 1);
    await set();
    expect(names().map((name) => join(folder.path, name))).to.have.members([path, young, others]);
  });

  it('by nobody else between the comparison and the rename of another process', async () => {
    const go = join(folder.path, 'go');
    const theirs = Buffer.from(example);
    let mine: boolean | undefined;
    const { lines } = await runChild('settings-child.ts', [path, KEY, '45', `hold=${go}`], (line) => {
      if (!line.includes('holds')) return;
      mine = replaceFile(path, theirs, example.replace('"enabled": false', '"enabled": true')).replaced;
      writeFileSync(go, '');
    });
    expect(mine).to.equal(false);
    expect(JSON.parse(lines[1] ?? '')).to.include({ changed: true, after: 45 });
    expect(readFileSync(path, 'utf8')).to.equal(changed);
    expect(names()).to.deep.equal(['go', 'reengaged.json']);
  });

  it('by four processes at once, and no change that was told as done is lost', async () => {
    const times = 10;
    const keys = ['queue.claim_size', 'whatsapp.messages_per_second', 'whatsapp.concurrency', 'http.port'];
    const ends = await Promise.all(
      keys.map((key) => runChild('settings-child.ts', [path, key, '0', `times=${times}`])),
    );
    for (const { errors, lines } of ends) {
      expect(errors).to.equal('');
      const told = lines.map((line) => JSON.parse(line) as { changed: boolean; before?: unknown; after: unknown });
      expect(told.map(({ after }) => after)).to.deep.equal(Array.from({ length: times }, (_, at) => at + 1));
      expect(told.slice(1).map(({ before }) => before)).to.deep.equal(told.slice(0, -1).map(({ after }) => after));
    }
    expect(names()).to.deep.equal(['reengaged.json']);
  });

  it('not while another writer holds the lock, and after a while all the same if that one is dead', async () => {
    const lock = folder.write('', '.reengaged.json.lock');
    expect(replaceFile(path, Buffer.from(example), changed)).to.include({ replaced: false });
    expect(readFileSync(path, 'utf8')).to.equal(example);
    expect(names(), 'it is not its own').to.deep.equal(['.reengaged.json.lock', 'reengaged.json']);
    const dead = Date.now() / 1_000 - DEAD_LOCK_MS / 1_000 - 1;
    utimesSync(lock, dead, dead);
    expect(await set()).to.include({ changed: true });
    expect(names()).to.deep.equal(['reengaged.json']);
  });

  for (const [call, code, why] of [
    ['writeFileSync', 'ENOSPC', 'there is no space left'],
    ['renameSync', 'EBUSY', 'it is mounted by itself; mount its folder instead'],
    ['renameSync', 'EROFS', 'its file system is read-only'],
    ['fsyncSync', 'EIO', 'EIO'],
  ] as const)
    it(`or not, without a trace, when ${call} ends in ${code}`, async () => {
      await refusing(call, code, async () => {
        const error = await refusal();
        expect(error).to.include({ code: 'FILE_UNWRITABLE', exitCode: 73 });
        expect(error.message).to.equal(`${path} cannot be written: ${why}`);
      });
      expect(readFileSync(path, 'utf8')).to.equal(example);
      expect(names()).to.deep.equal(['reengaged.json']);
    });

  /** As root through another user; other users are themselves. */
  const uid = process.getuid?.() === 0 ? `uid=${NOBODY}` : '';
  for (const [what, folderMode, fileMode] of [
    ['folder', 0o555, 0o666],
    ['file', 0o777, 0o444],
  ] as const)
    it(`or not, without a trace, when the ${what} is read-only`, async () => {
      chmodSync(path, fileMode);
      chmodSync(folder.path, folderMode);
      const { lines, errors } = await child(uid);
      expect(errors).to.equal('');
      expect(JSON.parse(lines[0] ?? '')).to.deep.equal({
        code: 'FILE_UNWRITABLE',
        message: `${path} cannot be written: this user may not write the file, or not its folder`,
      });
      expect(readFileSync(path, 'utf8')).to.equal(example);
      expect(names()).to.deep.equal(['reengaged.json']);
    });

  if (uid !== '')
    it('and it is told when the owner could not be kept', async () => {
      chmodSync(path, 0o666);
      chmodSync(folder.path, 0o777);
      const { lines } = await child(uid);
      expect(JSON.parse(lines[0] ?? '')).to.include({ changed: true, ownerKept: false });
      expect(statSync(path).uid).to.equal(NOBODY);
      expect(readFileSync(path, 'utf8')).to.equal(changed);
    });

  it('not when there is none', async () => {
    const error: unknown = await writeSetting(`${path}.none`, KEY, 45, {}).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'CONFIG_UNREADABLE' });
  });
});
