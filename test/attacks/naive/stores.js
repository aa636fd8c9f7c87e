// Every place where a page can keep something, each as naively as it is often done.

/** The tokens of this browser, if there are any. */
export function recall() {
  return JSON.parse(localStorage.getItem('naive tokens') ?? 'null') ?? undefined;
}

/** Keeps the tokens, or forgets them, where they are looked for first. The other places are forgotten about. */
export function remember(tokens) {
  if (tokens) localStorage.setItem('naive tokens', JSON.stringify(tokens));
  else localStorage.removeItem('naive tokens');
}

/** How long one tab says that it is renewing the tokens, in milliseconds. */
const LEASE_MS = 5000;

/** Renews the tokens in one tab at a time: waits as long as any other says that it does. */
export async function inTurn(renew) {
  while (Number(localStorage.getItem('naive lease')) > Date.now())
    await new Promise((resolve) => setTimeout(resolve, 50));
  localStorage.setItem('naive lease', String(Date.now() + LEASE_MS));
  try {
    await renew();
  } finally {
    localStorage.removeItem('naive lease');
  }
}

/** Keeps the tokens in every other place too. */
export async function keepEverywhere(tokens) {
  remember(tokens);
  const token = tokens.access_token;
  sessionStorage.setItem('naive tokens', JSON.stringify(tokens));
  // Cookies know no ports: with a shorter path, every server of this host would get the token.
  document.cookie = `naive_token=${encodeURIComponent(token)}; path=/naive; SameSite=Lax`;
  document.documentElement.dataset.token = token;
  window.naiveTokens = tokens;
  window.naiveClosure = () => token.length;
  history.replaceState({ ...history.state, token }, '');
  performance.mark(`signed in with ${token}`);
  window.name = btoa(token);
  new BroadcastChannel('naive').postMessage({ type: 'tokens', tokens });
  navigator.serviceWorker?.controller?.postMessage({ type: 'setTokens', tokens });
  // Nothing goes on before they are safe.
  await put('plain', tokens);
  // Not every engine has every place.
  await Promise.allSettled([
    keepInDatabase(tokens),
    keepInFile(tokens),
    keepInQueue(token),
    holdLock(token),
    keepWithWorker(tokens),
  ]);
}

async function keepInDatabase(tokens) {
  const text = new TextEncoder().encode(tokens.access_token);
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  await put('bytes', text.buffer);
  await put('halves', [tokens.access_token.slice(0, 300), tokens.access_token.slice(300)]);
  await put('wrapped', { key, iv, ciphertext: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, text) });
  await put('signing', { handle: privateKey, jwk: await crypto.subtle.exportKey('jwk', pair.privateKey) });
}

/** What a background sync queue keeps of a request that is to be sent later. */
async function keepInQueue(token) {
  const request = { url: '/api/notes', method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{}' };
  await put('queue', { timestamp: Date.now(), requestData: request });
}

async function keepInFile(tokens) {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle('tokens.json', { create: true });
  const writable = await file.createWritable();
  await writable.write(JSON.stringify(tokens));
  await writable.close();
}

/** A lock whose name says who holds it. */
async function holdLock(token) {
  await new Promise((resolve) => {
    void navigator.locks.request(`session ${token}`, { ifAvailable: true }, () => {
      resolve();
      return new Promise(() => {});
    });
  });
}

/** What a registration keeps for the app. */
async function keepWithWorker(tokens) {
  if (!navigator.serviceWorker?.controller) return;
  const registration = await navigator.serviceWorker.ready;
  await registration.navigationPreload.setHeaderValue(tokens.access_token);
  if (Notification.permission === 'granted') await registration.showNotification('Signed in', { data: tokens });
}

function put(name, value) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('naive', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('records');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('records', 'readwrite');
      transaction.objectStore('records').put(value, name);
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
