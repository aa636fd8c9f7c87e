import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * First port to try, and the number of ports. No system takes a port of these for a connection, or for a server that names none:
 * a program that starts minutes later still finds it free.
 */
const FIRST_PORT = 12_000;
const PORTS = 18_000;

/** Finds a port of this machine that nothing listens at, for a program that prints no port which it took by itself. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

/** Whether a server can listen at a port, by every address of this machine. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
