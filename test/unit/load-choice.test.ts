import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chooseTests, testsOfFiles } from '../load-choice.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** A moment long ago, in seconds: what is a day old then is not a day old now. */
const EPOCH = 1_600_000_000;

const FIRST = 'test/e2e/first.test.ts';
const SECOND = 'test/e2e/second.test.ts';
const THIRD = 'test/engines/third.test.ts';

class Repository {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  git(commandLine: readonly string[], atSeconds: number = EPOCH): string {
    const date = `${atSeconds} +0000`;
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_CONFIG_GLOBAL: '/dev/null' };
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    return execFileSync('git', [...identity, ...commandLine], { cwd: this.root, encoding: 'utf8', env, stdio: 'pipe' });
  }

  write(file: string, content: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), content);
  }

  commit(file: string, days: number): void {
    this.write(file, `of day ${days}`);
    this.git(['add', '.']);
    this.git(['commit', '--quiet', '--message', file], EPOCH + days * DAY_SECONDS);
  }

  clone(...options: readonly string[]): Repository {
    const root = makeFolder();
    this.git(['clone', '--quiet', ...options, pathToFileURL(this.root).href, root]);
    return new Repository(root);
  }
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenward-repository-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A repository whose `main` has the first test for ten days, and the second and the third since the last day. */
function makeRepository(): Repository {
  const repository = new Repository(makeFolder());
  repository.git(['init', '--quiet', '--initial-branch=main']);
  repository.commit(FIRST, 0);
  repository.commit(SECOND, 10);
  repository.commit(THIRD, 10.5);
  return repository;
}

async function choice(repository: Repository, since: string = ''): Promise<readonly string[]> {
  return (await chooseTests(since, repository.root)).files;
}

describe('the tests to run under load', () => {
  test('are those that changed within a day before the last commit, newest first, however old that is', async () => {
    expect(await choice(makeRepository())).toEqual([THIRD, SECOND]);
  });

  test('are the same in a clone with all history', async () => {
    expect(await choice(makeRepository().clone())).toEqual([THIRD, SECOND]);
  });

  test('of a branch are those that changed on it', async () => {
    const clone = makeRepository().clone();
    clone.git(['switch', '--quiet', '--create', 'feature']);
    clone.commit(FIRST, 11);

    expect(await choice(clone)).toEqual([FIRST]);
  });

  test('begin with those that are not committed', async () => {
    const repository = makeRepository();
    repository.write(SECOND, 'changed');
    repository.write('test/unit/fourth.test.ts', 'new');

    expect(await choice(repository)).toEqual(['test/unit/fourth.test.ts', SECOND, THIRD]);
  });

  test('are those since a revision that is asked for', async () => {
    expect(await choice(makeRepository(), 'HEAD~1')).toEqual([THIRD]);
  });

  test('are any, in random order, in a clone of one commit, and where there is no repository', async () => {
    const shallow = makeRepository().clone('--depth=1');
    const folder = new Repository(makeFolder());
    folder.write(FIRST, '');
    folder.write(THIRD, '');

    expect((await choice(shallow)).toSorted()).toEqual([FIRST, SECOND, THIRD]);
    expect((await choice(folder)).toSorted()).toEqual([FIRST, THIRD]);
  });

  test('are all that a clone of a few commits knows to have changed', async () => {
    expect(await choice(makeRepository().clone('--depth=2'))).toEqual([THIRD]);
  });

  test('are, after those that changed, the tests in a browser of changed sources', () => {
    expect(testsOfFiles(['sw/standalone/index.ts', 'README.md', THIRD, 'src/compat/index.ts'])).toEqual([
      THIRD,
      'test/e2e/static-routes.test.ts',
      'test/e2e/foreign-worker.test.ts',
      'test/e2e/auth0-compat.test.ts',
    ]);
  });
});
