import { spawnSync } from 'node:child_process';
import { startFrameworkServer } from './framework-server.ts';
import type { ServerUnderTest } from './server-under-test.ts';

const PYTHON = '/usr/bin/python3';

const DEBIAN_PACKAGES = ['python3-django', 'python3-django-oauth-toolkit', 'python3-django-cors-headers'] as const;

/**
 * django-oauth-toolkit, in a Django project with Django's own pages to sign in and out. Its metadata stand behind a slash, to which Django
 * redirects. They name neither its endpoint for revocations nor one to sign out.
 *
 * @throws {@link ServerMissing} if it is not on this machine and cannot be installed
 */
export function startDjango(): Promise<ServerUnderTest> {
  return startFrameworkServer({
    name: 'django-oauth-toolkit',
    debianPackages: DEBIAN_PACKAGES,
    interpreter: PYTHON,
    isThere: () => spawnSync(PYTHON, ['-c', 'import django, oauth2_provider, corsheaders']).status === 0,
    project: new URL('django/app.py', import.meta.url),
    issuerPath: '/o',
    // The number of the user.
    subject: '1',
    worker: (origin, app) => ({
      authorizationServer: {
        metadataUrl: `${origin}/o/.well-known/openid-configuration/`,
        metadata: { revocation_endpoint: `${origin}/o/revoke_token/` },
      },
      endSession: { url: `${origin}/sign-out/`, parameters: { next: `${app}/` } },
    }),
    further: (origin) => ({
      unpublished: { revocation_endpoint: `${origin}/o/revoke_token/` },
      deadEnd: 'it leaves prompt=none to a validator of the project, and this one has none',
    }),
  });
}
