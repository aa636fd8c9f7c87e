// Templates are compiled in the browser here; the Angular CLI does it at build, and leaves this line out.
import '@angular/compiler';

import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { connect } from 'tokenward';
import { AppComponent, CLIENT } from './app.component';

const client = await connect({ worker: '/tokenward-sw.js' });
await bootstrapApplication(AppComponent, {
  providers: [provideZonelessChangeDetection(), { provide: CLIENT, useValue: client }],
});
