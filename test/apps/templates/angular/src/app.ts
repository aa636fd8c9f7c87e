import { HttpClient } from '@angular/common/http';
import { Component, inject, input, signal } from '@angular/core';
import { RouterOutlet } from '@angular/router';
// tokenward:begin
import { CLIENT } from './client';
// tokenward:end

interface Note {
  readonly id: string;
  readonly text: string;
}

@Component({ template: '<h1>Home</h1>' })
export class Home {}

@Component({ template: '<h1>Order {{ id() }}</h1>' })
export class Order {
  readonly id = input.required<string>();
}

@Component({
  selector: 'app-root',
  imports: [RouterOutlet],
  template: `
    <router-outlet />
    <!-- tokenward:begin -->
    @let now = session();
    @if (now.status === 'signed-in') {
      <p>Signed in as {{ now.claims['name'] }} <button (click)="client.logout()">Sign out</button></p>
    } @else {
      <p>Signed out <button (click)="client.login()">Sign in</button></p>
    }
    <!-- tokenward:end -->
    <button (click)="read()">Read notes</button>
    <ul>
      @for (note of notes(); track note.id) {
        <li>{{ note.text }}</li>
      }
    </ul>
  `,
})
export class App {
  // tokenward:begin
  protected readonly client = inject(CLIENT);
  protected readonly session = signal(this.client.getSnapshot());
  // tokenward:end
  protected readonly notes = signal<readonly Note[]>([]);
  private readonly http = inject(HttpClient);

  // tokenward:begin
  constructor() {
    this.client.subscribe((session) => this.session.set(session));
  }
  // tokenward:end

  protected read(): void {
    this.http.get<readonly Note[]>('https://api.example/v1/notes').subscribe({
      next: (notes) => this.notes.set(notes),
      error: () => this.notes.set([]),
    });
  }
}
