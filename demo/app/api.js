// The app's API code. There is no token in it, no header, no import but axios: it was written before Tokenward came.
import axios from '/vendor/axios.js';

import { apiUrl } from '/settings.js';

/** Who the API thinks we are, by fetch. */
export async function readMe() {
  return answerOf(await fetch(`${apiUrl}/me`));
}

/** Adds a note, by fetch. */
export async function addNote(text) {
  const response = await fetch(`${apiUrl}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  return answerOf(response);
}

/** All notes, by XMLHttpRequest. */
export function readNotesByXhr() {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('GET', `${apiUrl}/notes`);
    xhr.responseType = 'json';
    xhr.onload = () => resolve({ status: xhr.status, body: xhr.response });
    xhr.onerror = () => reject(new TypeError('The request failed.'));
    xhr.send();
  });
}

/** All notes, by axios. */
export async function readNotesByAxios() {
  const { status, data } = await axios.get(`${apiUrl}/notes`, { validateStatus: () => true });
  return { status, body: data };
}

/** Uploads a file, by fetch. */
export async function uploadFile(file) {
  const url = `${apiUrl}/upload?name=${encodeURIComponent(file.name)}`;
  return answerOf(await fetch(url, { method: 'POST', body: file }));
}

/** The tide, by EventSource. */
export function openFeed({ onReading, onProblem }) {
  const source = new EventSource(`${apiUrl}/events`);
  source.addEventListener('reading', (event) => onReading(JSON.parse(event.data)));
  source.addEventListener('error', onProblem);
  return () => source.close();
}

async function answerOf(response) {
  return { status: response.status, body: await response.json() };
}
