import { type ProviderRow, withAndWithoutRelay } from '../provider-row.ts';
import { AUTH0_ROWS } from './auth0.ts';
import { MICROSOFT_ROWS } from './microsoft.ts';
import { PRODUCT_ROWS } from './products.ts';
import { RELAYED_ROWS } from './relayed.ts';
import { SERVICE_ROWS } from './services.ts';

/** All rows of the table. */
export const PROVIDER_ROWS: readonly ProviderRow[] = [
  ...AUTH0_ROWS,
  ...MICROSOFT_ROWS,
  ...SERVICE_ROWS,
  ...RELAYED_ROWS.flatMap(withAndWithoutRelay),
  ...PRODUCT_ROWS,
];
