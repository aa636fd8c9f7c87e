import { slugify } from '../../site/slugify.ts';
import { formatFrame } from '../../src/cli/setup/configuration-file.ts';
import { fillProfile, formatOptions } from '../../src/cli/setup/provider-file.ts';
import { PROVIDERS } from '../../src/cli/setup/providers/index.ts';
import { APP, type Provider } from '../../src/cli/setup/providers/provider.ts';

/** First line of what the profiles decide. What is above it is written by hand. */
const HEAD = '| provider | client | refresh tokens | silent renewal | the sign-out ends |\n|---|---|---|---|---|\n';

/**
 * Returns the page about providers with the table and the sections of the profiles as they are now.
 *
 * @param page the page as it is, whose introduction stays
 */
export function writeProviderPage(page: string): string {
  const [introduction = ''] = page.split(HEAD);
  return `${introduction}${HEAD}${PROVIDERS.map(describeRow).join('')}\n${PROVIDERS.map(describeSection).join('\n')}`;
}

/** Returns the configuration of a provider as the page shows it. */
export function showConfiguration(provider: Provider): string {
  const { options } = fillProfile(provider, { origin: APP.origin, base: '/' });
  // The origin as a text, as in an app that has one environment.
  const [, file = ''] = formatFrame('module', [], formatOptions(options, 'typescript')).split(/^\/\/ This file.*\n/m);
  return `// tokenward.config.js\nimport { defineConfig } from 'tokenward/config';\n\n${file}`;
}

function describeRow({ title, configuration, refreshTokens, hasSilentRenewal, signOut }: Provider): string {
  const cells = [
    `[${title}](#${slugify(title)})`,
    configuration.relay === true ? 'a secret, with the [relay](configuration.md#relay)' : 'public',
    refreshTokens,
    hasSilentRenewal ? 'yes' : 'no',
    signOut === 'provider' ? 'both sessions' : 'that of the app',
  ];
  return `| ${cells.join(' | ')} |\n`;
}

function describeSection(provider: Provider): string {
  const { name, title, placeholders, register, limits, facts, relay } = provider;
  return `## ${title}

\`npx tokenward init --provider ${name}\`

| enter there | |
|---|---|
${register.map(({ setting, value }) => `| ${setting} | ${value} |\n`).join('')}
\`\`\`js
${showConfiguration(provider)}\`\`\`

Replace ${Object.entries(placeholders)
    .map(([placeholder, meaning]) => `\`${placeholder}\` (${meaning})`)
    .join(', ')}.
${relay === undefined ? '' : `\nThe server: \`createTokenward(config, { relay: { clientSecret: process.env.CLIENT_SECRET, authentication: '${relay.authentication}' } })\`.\n`}
${limits.map((limit) => `- ${limit}\n`).join('')}
Sources: ${facts.map(({ fact, source }) => `[${fact.replace(/\.$/, '')}](${source})`).join('; ')}.
`;
}
