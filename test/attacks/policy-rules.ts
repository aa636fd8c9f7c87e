import type { SecurityPolicy } from 'tokenward/server';

/** One part of what keeps script in a page from a flow of its own, and the attacks that it is in the way of. */
export interface PolicyRule {
  /** Name of a directive or header. */
  readonly name: string;
  /** Ids of attacks. Those that Tokenward withstands without any header are left out. */
  readonly attacks: readonly string[];
  /** The policy of pages without the rule. */
  readonly without: (policy: SecurityPolicy) => SecurityPolicy;
}

const IN_FRAMES = ['C01', 'C02', 'C03', 'C04', 'C05', 'C06', 'C10', 'C11', 'C12', 'C13', 'C20', 'C23', 'C24'] as const;
const IN_OBJECTS = ['C07', 'C08', 'C15', 'C21', 'C39'] as const;
const IN_POP_UPS = ['C09', 'C10', 'C11', 'C12', 'C14', 'C22', 'C25'] as const;
const BY_WORKERS = ['R33', 'R34', 'R36', 'C42', 'C43', 'C46'] as const;
const FROM_CACHE = ['R40', 'R41', 'R42', 'R43'] as const;

/** The rules of both policies. With an isolated callback, the minimal policy holds `Vary`, and may hold `worker-src`. */
export const POLICY_RULES: readonly PolicyRule[] = [
  directive('frame-src', [...IN_FRAMES, 'C38', 'C47']),
  directive('object-src', IN_OBJECTS),
  directive('base-uri', []),
  directive('form-action', ['C14', 'F09']),
  directive('connect-src', ['C44']),
  directive('worker-src', [...BY_WORKERS, ...FROM_CACHE]),
  header('Cross-Origin-Opener-Policy', IN_POP_UPS),
  header('X-Content-Type-Options', []),
  header('Vary', FROM_CACHE),
];

function directive(name: string, attacks: readonly string[]): PolicyRule {
  const drop = (value: string): string =>
    value
      .split('; ')
      .filter((part) => !part.startsWith(`${name} `))
      .join('; ');
  return {
    name: `\`${name}\``,
    attacks,
    without: ({ headers }) => ({
      headers: headers.flatMap((one) => {
        if (one.name !== 'content-security-policy') return [one];
        const value = drop(one.value);
        return value === '' ? [] : [{ ...one, value }];
      }),
    }),
  };
}

function header(name: string, attacks: readonly string[]): PolicyRule {
  return {
    name: `\`${name}\``,
    attacks,
    without: ({ headers }) => ({ headers: headers.filter((one) => one.name !== name.toLowerCase()) }),
  };
}
