import type { Endpoints } from '../protocol/worker-api.ts';
import { isTokenwardError } from '../protocol/error.ts';
import { leavePage } from './leave.ts';
import { cleanUrl, currentUrl, replacePage } from './platform.ts';
import type { OwnRegistration } from './own-worker.ts';
import { callWorker } from './worker-channel.ts';

/**
 * Hands an authorization response to the worker when it reached a page instead: after a hard reload, or with a server
 * that answers the redirect URI with the app. The address bar is cleaned first.
 *
 * @returns whether there was one, and the browser has stayed all the same
 */
export async function handOverResponse(registration: OwnRegistration, endpoints: Endpoints): Promise<boolean> {
  const url = currentUrl();
  if (url.pathname !== endpoints.callback || !/[?#&](code|error|response|\w+_token)=/.test(url.href)) return false;
  cleanUrl();
  const next = await callWorker(registration, 'completeAuthorization', url.href);
  await leavePage(() => replacePage(next.url)).catch(ignoreStay);
  return true;
}

function ignoreStay(error: unknown): void {
  if (!isTokenwardError(error) || error.code !== 'navigation_cancelled') throw error;
}
