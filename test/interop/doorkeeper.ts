import { spawnSync } from 'node:child_process';
import { startFrameworkServer } from './framework-server.ts';
import type { ServerUnderTest } from './server-under-test.ts';

const RUBY = '/usr/bin/ruby';

const DEBIAN_PACKAGES = [
  'ruby-rails',
  'ruby-doorkeeper',
  'ruby-doorkeeper-openid-connect',
  'ruby-rack-cors',
  'ruby-sqlite3',
  'puma',
] as const;

/**
 * Doorkeeper with its OpenID Connect extension, in a Rails app that shows its own page to sign in, and names an address of its own to
 * sign out. It revokes a refresh token when the access token that came with the next one is used.
 *
 * @throws {@link ServerMissing} if it is not on this machine and cannot be installed
 */
export function startDoorkeeper(): Promise<ServerUnderTest> {
  return startFrameworkServer({
    name: 'Doorkeeper',
    debianPackages: DEBIAN_PACKAGES,
    interpreter: RUBY,
    isThere: () => {
      const gems = ['rails', 'doorkeeper', 'doorkeeper-openid_connect', 'rack-cors', 'sqlite3', 'puma'];
      return spawnSync(RUBY, ['-e', gems.map((gem) => `gem '${gem}'`).join(';')]).status === 0;
    },
    project: new URL('doorkeeper/app.rb', import.meta.url),
    issuerPath: '',
    subject: 'user-ada',
  });
}
