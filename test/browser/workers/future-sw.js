// A worker of a release that this page does not understand; it answers calls in Comlink's way.
self.addEventListener('message', ({ ports: [port] }) => {
  if (!port) return;
  port.onmessage = ({ data: { id } }) => {
    const value = { protocolVersion: 999, endpoints: {}, session: { status: 'signed-out', reason: 'not-signed-in' } };
    port.postMessage({ id, type: 'RAW', value: { ok: true, value } });
  };
});
