import type { CheckedConnectOptions } from './connect-options.ts';
import { handshake, understand, versionMismatch } from './handshake.ts';
import {
  findForeign,
  foreignController,
  isInControl,
  isOwn,
  lostWorker,
  type OwnRegistration,
  workersOf,
} from './own-worker.ts';
import { registrationFor, serviceWorkers, warn } from './platform.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { isTokenwardError, serializeError, type TokenwardError } from '../protocol/error.ts';
import { type Claims, hasEnded, parseSession, type Session } from '../protocol/session.ts';
import type { WorkerApi, WorkerMethod } from '../protocol/worker-api.ts';
import { registerWorker, takeControl } from './registration.ts';
import type { SessionStore } from './session-store.ts';
import { inTime } from './wait-for.ts';
import { askWorker, callWorker, type ResultOf } from './worker-channel.ts';

/** Errors of a worker that has lost its registration. */
const LOSSES: readonly ErrorCode[] = ['worker_unregistered', 'worker_replaced'];

/** Time limit for a worker that was unregistered to end its session, in milliseconds. */
const NOTICE_TIMEOUT_MS = 3000;

/**
 * Connection of a page with its worker. A registration may vanish under an open page, with the data of the site, by other script or by
 * the user's hand, and no event says so. The connection asks the browser, which does not start the worker, at moments that exist anyway:
 * before each call, and when the user looks at the page. It shows what was lost, and connects again as `connect()` does.
 */
export class Connection<C extends Claims> {
  readonly #options: CheckedConnectOptions;
  readonly #store: SessionStore<C>;
  #own: OwnRegistration;
  /** Reason why the worker was lost, until there is a session again. */
  #loss: TokenwardError | undefined;
  #isLost = false;
  #checking: Promise<void> | undefined;

  /**
   * @param own registration of the worker that controls the page
   * @param store store of the session that the page shows
   */
  constructor(options: CheckedConnectOptions, own: OwnRegistration, store: SessionStore<C>) {
    this.#options = options;
    this.#own = own;
    this.#store = store;
  }

  /** Whether the worker is registered, by all that is known: without its registration, it takes no navigation. */
  get isRegistered(): boolean {
    return !this.#isLost;
  }

  /**
   * Calls the worker; one that was unregistered is registered again before.
   *
   * @throws {@link TokenwardError} what the worker answered, `worker_timeout`, `worker_replaced`, `worker_unregistered`
   */
  async call<M extends WorkerMethod>(method: M, argument?: Parameters<WorkerApi[M]>[0]): Promise<ResultOf<M>> {
    await this.check();
    if (this.#isLost && this.#loss) throw this.#loss;
    try {
      return await callWorker(this.#own, method, argument);
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  /**
   * Reports to the worker what concerns the limits of the session, and shows the session that it has then.
   *
   * @throws {@link TokenwardError} as {@link Connection.call}
   */
  async note<M extends 'noteActivity' | 'noteExpiry'>(method: M, report: Parameters<WorkerApi[M]>[0]): Promise<void> {
    const session = parseSession<C>(await this.call(method, report));
    if (session) this.show(session);
  }

  /** Shows the session that the worker has now. It never rejects. */
  async refresh(): Promise<void> {
    try {
      const answer = await this.call('handshake');
      const understood = understand<C>(answer);
      if (understood) this.show(understood.session);
      // A page may stay open while another release is deployed: its requests go on as before, its calls may not be understood.
      else this.#store.set({ ...this.#store.getSnapshot(), lastError: serializeError(versionMismatch(answer)) });
    } catch {
      // The session says so if the worker is lost. One that did not answer may answer the next call.
    }
  }

  /** Shows a session that the worker has reported. Where it says no reason of its own, the one of the loss stays. */
  show(session: Session<C>): void {
    if (session.status === 'signed-in' || hasEnded(session)) this.#loss = undefined;
    this.#store.set({ ...(this.#loss && { lastError: serializeError(this.#loss) }), ...session });
    if (!session.lastError || !LOSSES.includes(session.lastError.code) || this.#checking) return;
    // The worker has noticed it before the page did.
    this.#isLost = true;
    void this.check();
  }

  /** Shows that a worker of another script controls the page. The worker that it has replaced may still answer. */
  replacedBy(foreign: ServiceWorker): void {
    this.#lose(lostWorker(foreign, this.#own.scriptUrl, this.#own.scope));
  }

  /** Checks whether the worker is registered and controls the page, and connects again if it is not. It never rejects. */
  check(): Promise<void> {
    this.#checking ??= this.#look()
      .catch(() => {})
      .finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #look(): Promise<void> {
    const { scope, scriptUrl } = this.#own;
    const present = await inTime(registrationFor(scope));
    const foreign = foreignController(this.#own) ?? findForeign(present, scriptUrl);
    if (present && isInControl({ ...this.#own, registration: present })) {
      this.#own = { ...this.#own, registration: present };
      // One that is about to be replaced takes no navigation for long.
      if (!this.#isLost || foreign) return;
      this.#isLost = false;
      return this.#store.set(this.#store.getSnapshot());
    }
    // Two pages that register their workers in turn would never end: the next load of the page does it once.
    if (foreign) return this.#lose(lostWorker(foreign, scriptUrl, scope));
    if (!workersOf(present).some((worker) => isOwn(worker, scriptUrl))) {
      this.#lose(lostWorker(undefined, scriptUrl, scope));
      await this.#notifyOldWorker();
    }
    await this.#reconnect();
  }

  /** Notifies the worker that was unregistered, which may run on and not know it: it revokes its tokens. */
  async #notifyOldWorker(): Promise<void> {
    const controller = serviceWorkers()?.controller;
    if (!isOwn(controller, this.#own.scriptUrl)) return;
    const answer = askWorker(controller, 'handshake', { registration: 'missing' }).catch(() => {});
    // The browser may have ended it, and says so to nobody.
    await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, NOTICE_TIMEOUT_MS))]);
  }

  async #reconnect(): Promise<void> {
    try {
      this.#own = await registerWorker(this.#options);
      const { session } = await handshake<C>(this.#own);
      await takeControl(this.#own);
      this.#isLost = false;
      this.show(session);
    } catch (error) {
      // Without a network there is no script. The next look tries again.
      if (isTokenwardError(error)) warn(error.message);
    }
  }

  /** Ends the session in this page if the worker is gone. A worker that did not answer may answer the next call. */
  #lose(error: unknown): void {
    if (!isTokenwardError(error) || !LOSSES.includes(error.code)) return;
    const isNews = this.#loss?.message !== error.message || !this.#isLost;
    this.#isLost = true;
    this.#loss = error;
    warn(error.message);
    const session = this.#store.getSnapshot();
    const { reason } = session.status === 'signed-out' ? session : { reason: 'lost' as const };
    if (isNews) this.#store.set({ status: 'signed-out', reason, lastError: serializeError(error) });
  }
}
