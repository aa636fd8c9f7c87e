import type { BrowserContext, Request } from 'playwright';
import type { ServerUnderTest } from './server-under-test.ts';

/** Where an authorization server's endpoints are, as its metadata say. */
interface Endpoints {
  readonly authorization: string;
  readonly pushedAuthorizationRequest: string | undefined;
  readonly token: string;
  readonly revocation: string | undefined;
}

/** A request to an endpoint of the authorization server, and how it was answered. */
export interface Exchange {
  readonly parameters: URLSearchParams;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a browser, its worker included, sent to an authorization server. It is seen in the browser, so that it needs no
 * server's help.
 */
export class Traffic {
  readonly #endpoints: Endpoints;
  readonly #callback: string;
  readonly #requests: Request[] = [];

  /**
   * @param context the browser context to watch from now on
   * @param server the server, and the app that uses it
   */
  static async watch(
    context: BrowserContext,
    { issuer, app, unpublished }: Pick<ServerUnderTest, 'issuer' | 'app' | 'unpublished'>,
  ): Promise<Traffic> {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    const published: Readonly<Record<string, string>> = await response.json();
    const metadata = { ...published, ...unpublished };
    return new Traffic(context, `${app.origin}/auth/callback`, {
      authorization: metadata['authorization_endpoint'] ?? '',
      pushedAuthorizationRequest: metadata['pushed_authorization_request_endpoint'],
      token: metadata['token_endpoint'] ?? '',
      revocation: metadata['revocation_endpoint'],
    });
  }

  private constructor(context: BrowserContext, callback: string, endpoints: Endpoints) {
    this.#callback = callback;
    this.#endpoints = endpoints;
    context.on('request', (request) => void this.#requests.push(request));
  }

  /** Refreshes that were answered with tokens. */
  async refreshes(): Promise<readonly Exchange[]> {
    const exchanges = await this.#exchanges(this.#endpoints.token);
    return exchanges.filter(
      ({ parameters, status }) => status === 200 && parameters.get('grant_type') === 'refresh_token',
    );
  }

  /** Refreshes that were refused. */
  async refusedRefreshes(): Promise<readonly Exchange[]> {
    const exchanges = await this.#exchanges(this.#endpoints.token);
    return exchanges.filter(
      ({ parameters, status }) => status >= 400 && parameters.get('grant_type') === 'refresh_token',
    );
  }

  /** Exchanges of a code that were answered with tokens. */
  async codeExchanges(): Promise<readonly Exchange[]> {
    const exchanges = await this.#exchanges(this.#endpoints.token);
    return exchanges.filter(
      ({ parameters, status }) => status === 200 && parameters.get('grant_type') === 'authorization_code',
    );
  }

  /** Authorization requests: what the browser carried, and what was pushed. */
  async authorizations(): Promise<readonly Exchange[]> {
    return [...(await this.#exchanges(this.#endpoints.authorization)), ...(await this.pushed())];
  }

  /** Pushed authorization requests that were accepted. */
  async pushed(): Promise<readonly Exchange[]> {
    const exchanges = await this.#exchanges(this.#endpoints.pushedAuthorizationRequest);
    return exchanges.filter(({ status }) => status === 201);
  }

  /** Authorization responses, as they came to the app. */
  callbacks(): Promise<readonly Exchange[]> {
    return this.#exchanges(this.#callback);
  }

  /** Revocation requests, refused ones too. */
  revocations(): Promise<readonly Exchange[]> {
    return this.#exchanges(this.#endpoints.revocation);
  }

  async #exchanges(endpoint: string | undefined): Promise<readonly Exchange[]> {
    const requests = this.#requests.filter((request) => {
      const url = new URL(request.url());
      return request.method() !== 'OPTIONS' && `${url.origin}${url.pathname}` === endpoint;
    });
    return await Promise.all(
      requests.map(async (request) => {
        const { searchParams } = new URL(request.url());
        // One that was broken off, with the worker say, has no answer.
        const response = await request.response().catch(() => null);
        return {
          parameters: request.method() === 'POST' ? new URLSearchParams(request.postData() ?? '') : searchParams,
          status: response?.status() ?? 0,
          headers: request.headers(),
        };
      }),
    );
  }
}
