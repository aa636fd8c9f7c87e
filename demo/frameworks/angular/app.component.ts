import { Component, DestroyRef, inject, InjectionToken, signal } from '@angular/core';
import type { TokenwardClient } from 'tokenward';

/** What `connect()` gave. */
export const CLIENT = new InjectionToken<TokenwardClient>('tokenward');

@Component({
  selector: 'app-root',
  template: `
    @let now = session();
    @if (now.status === 'signed-in') {
      <h1>Signed in as {{ now.claims['name'] }}</h1>
      <button (click)="client.logout()">Sign out</button>
    } @else {
      <h1>Signed out</h1>
      <button (click)="client.login()">Sign in</button>
    }
    <button (click)="read()">Read notes</button>
    <ul>
      @for (note of notes(); track note.id) {
        <li>{{ note.text }}</li>
      }
    </ul>
  `,
})
export class AppComponent {
  readonly client = inject(CLIENT);
  readonly session = signal(this.client.getSnapshot());
  readonly notes = signal<readonly { id: string; text: string }[]>([]);

  constructor() {
    inject(DestroyRef).onDestroy(this.client.subscribe((session) => this.session.set(session)));
  }

  async read(): Promise<void> {
    const response = await fetch(`${import.meta.env.VITE_API}/notes`);
    this.notes.set(response.ok ? await response.json() : [{ id: 'none', text: `Status ${response.status}` }]);
  }
}
