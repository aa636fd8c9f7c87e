import type { TokenwardOptions } from 'tokenward/sw';
import type { FrontAnswer, FrontRequest, FrontRule } from '../../support/altering-front.ts';
import type { ExaminedDeployment } from '../examined-deployment.ts';

/** One fault: how it is planted, and the checks that must not pass then; all others must. */
export type PlantedFault = readonly [
  name: string,
  plant: (deployment: ExaminedDeployment) => void,
  ...notPassed: readonly `${'warn' | 'fail'} ${string}`[],
];

export type FrontName = keyof ExaminedDeployment['fronts'];

/** Plants a fault. */
type Plant = PlantedFault[1];

/** Changes an answer of a deployment. */
type DeploymentRule = (answer: FrontAnswer, request: FrontRequest, deployment: ExaminedDeployment) => void;

/** Alters what one of the servers answers, where a request is of a kind. */
export function alter(front: FrontName, matches: (request: FrontRequest) => boolean, rule: DeploymentRule): Plant {
  return (deployment) =>
    deployment.fronts[front].alter((answer, request) => {
      if (matches(request)) rule(answer, request, deployment);
    });
}

/** Changes the worker's configuration, and plants another fault besides. */
export function configured(worker: Partial<TokenwardOptions>, plant: Plant = () => {}): Plant {
  return (deployment) => {
    deployment.app.configure({ worker });
    plant(deployment);
  };
}

export const everything = (): boolean => true;
export const path =
  (wanted: string) =>
  (request: FrontRequest): boolean =>
    request.path.split('?')[0] === wanted;
export const isWorker = ({ headers }: FrontRequest): boolean =>
  headers['sec-fetch-dest'] === 'serviceworker' && headers['sec-fetch-mode'] !== 'cors';
/** The worker script as the browser asks for it. */
export const script = (request: FrontRequest): boolean => request.path === '/tokenward-sw.js' && isWorker(request);
/** The worker script as pages ask for it. */
export const refusal = (request: FrontRequest): boolean => path('/tokenward-sw.js')(request) && !isWorker(request);
/** A script of the pages. */
export const pageScript = ({ path: asked }: FrontRequest): boolean => /^\/(?!tokenward-sw)[\w-]+\.js$/.test(asked);
export const callback = path('/auth/callback');
/** What is no address of Tokenward's. */
export const pages = ({ path: asked }: FrontRequest): boolean => !/^\/(auth\/|tokenward-sw\.js)/.test(asked);
export const home = ({ path: asked }: FrontRequest): boolean => asked === '/';
export const metadata = path('/.well-known/openid-configuration');
export const isPreflight = ({ method }: FrontRequest): boolean => method === 'OPTIONS';

export const set =
  (name: string, value: string): FrontRule =>
  ({ headers }) =>
    void headers.set(name, value);
export const drop =
  (name: string): FrontRule =>
  ({ headers }) =>
    void headers.delete(name);
export const status =
  (code: number): FrontRule =>
  (answer) => {
    answer.status = code;
  };

/** Replaces a directive of the policies, by a value that may depend on the deployment; with `undefined`, takes it out. */
export function directive(name: string, value?: string | ((deployment: ExaminedDeployment) => string)): DeploymentRule {
  return ({ headers }, _request, deployment) => {
    const instead = typeof value === 'function' ? value(deployment) : value;
    const policies = [headers.get('content-security-policy') ?? []].flat().map((policy) =>
      policy
        .split(/, /)
        .map((one) =>
          one
            .split('; ')
            .flatMap((text) => {
              if (!text.startsWith(name)) return [text];
              return instead === undefined ? [] : [`${name} ${instead}`];
            })
            .join('; '),
        )
        .join(', '),
    );
    headers.set('content-security-policy', policies);
  };
}

export function member(name: string, value: unknown): FrontRule {
  return (answer) => {
    answer.body = JSON.stringify({ ...JSON.parse(answer.body), [name]: value });
  };
}

export function parameter(name: string, value: string | undefined): (answer: FrontAnswer) => void {
  return ({ headers }) => {
    const location = new URL(String(headers.get('location')));
    if (value === undefined) location.searchParams.delete(name);
    else location.searchParams.set(name, value);
    headers.set('location', location.href);
  };
}

/** Answers an authorization request as if nothing were wrong with it but that nobody is signed in. */
export function loginRequired(answer: FrontAnswer, request: FrontRequest): void {
  const asked = new URLSearchParams(request.path.split('?')[1]);
  answer.status = 303;
  answer.headers.set('location', `${asked.get('redirect_uri') ?? ''}?error=login_required`);
}

export const BARE = /^(content-security-policy|cross-origin-opener-policy|x-content-type-options)$/;
export const bare: FrontRule = ({ headers }) => {
  for (const name of headers.keys()) if (BARE.test(name)) headers.delete(name);
};
