import { appCallbackOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';

const BASE = defineCheck('configuration-base', {
  risk: 'The worker does not control the page, or does not take the authorization response: no user can sign in.',
  fix: "base in the worker's configuration: the path below which the app is served, such as '/app/'",
});

/** Judges whether the page and the callback are below the path of the app. */
export function judgeBase(deployment: Deployment): Finding {
  const { page, configuration } = deployment;
  const scope = configuration.registrationScope;
  const outside = [page, appCallbackOf(deployment)]
    .map((url) => new URL(url).pathname)
    .filter((path) => !path.startsWith(scope));
  return BASE.judge(
    outside.map((path) => `${path} is outside of ${scope}`),
    scope,
  );
}
