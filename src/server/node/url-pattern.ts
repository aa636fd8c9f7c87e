/**
 * Node has had URLPattern since 23.8. Where there is none, patterns are taken for what they say, and the worker checks them:
 * nothing is matched here.
 */
export function withUrlPattern<T>(check: () => T): T {
  if ('URLPattern' in globalThis) return check();
  Object.assign(globalThis, { URLPattern: UncheckedPattern });
  try {
    return check();
  } finally {
    Reflect.deleteProperty(globalThis, 'URLPattern');
  }
}

class UncheckedPattern {
  readonly pathname: string;

  constructor({ pathname }: { readonly pathname: string }) {
    this.pathname = pathname;
  }

  test(): boolean {
    return false;
  }
}
