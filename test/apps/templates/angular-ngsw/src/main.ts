import { provideHttpClient } from '@angular/common/http';
import { isDevMode } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { provideServiceWorker } from '@angular/service-worker';
import { App, Home, Order } from './app';
// tokenward:begin
import { connect } from 'tokenward';
import { CLIENT } from './client';

connect({ worker: '/tokenward-sw.js' }).then(
  (client) =>
    // tokenward:end
    bootstrapApplication(App, {
      providers: [
        provideHttpClient(),
        provideRouter(
          [
            { path: '', component: Home },
            { path: 'orders/:id', component: Order },
          ],
          withComponentInputBinding(),
        ),
        // tokenward:begin
        { provide: CLIENT, useValue: client },
        // tokenward:end
      ],
    }),
  // tokenward:begin
);
// tokenward:end
