// tokenward:begin
import { InjectionToken } from '@angular/core';
import type { TokenwardClient } from 'tokenward';

export const CLIENT = new InjectionToken<TokenwardClient>('tokenward');
// tokenward:end
