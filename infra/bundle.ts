import { join, resolve } from 'node:path'
import { type BuildOptions, buildSync } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')

/** Libraries written for CommonJS ask for `require`, which a module lacks. The long name is none that minifying gives. */
const REQUIRE = "import{createRequire as relayRequire}from'node:module';const require=relayRequire(import.meta.url);"

/** How whatever runs as a function is bundled: small, and with what it seldom needs in chunks of their own. */
export const BUNDLING = {
  absWorkingDir: ROOT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  // Package files of the SDK's clients, 2.5 KB each, of which only the version is read, for the user agent.
  loader: { '.json': 'empty' },
  banner: { js: REQUIRE },
  logLevel: 'error',
} as const satisfies BuildOptions

/** Of undici: what reads FormData, and alternatives of its parser for machines without SIMD or behind a switch. */
const NEVER_LOADED = [
  '*/milo/simd.js',
  '*/milo/no-simd.js',
  '*/llhttp/llhttp-wasm.js',
  '*/web/fetch/body.js',
  '*/web/fetch/formdata',
  '*/web/webidl',
  'bowser',
]

/** Functions that must answer within a tool's patience when they start cold sign their calls of AWS by hand. */
const BY_HAND: Record<string, Record<string, string>> = {
  'receive-webhook': {
    '@aws-sdk/client-dynamodb': join(ROOT, 'shared/stores/aws/signed/dynamodb.ts'),
    '@aws-sdk/client-secrets-manager': join(ROOT, 'shared/stores/aws/signed/secrets-manager.ts'),
  },
}

/**
 * Bundles a function (`functions/<name>/index.ts`) with the SDK and the configuration into `outdir`, as `index.mjs`
 * and the chunks that it loads when it needs them. Throws esbuild's BuildFailure.
 */
export function bundleFunction(name: string, outdir: string, configFile: string): void {
  buildSync({
    ...BUNDLING,
    entryPoints: [join('functions', name, 'index.ts')],
    outdir,
    external: NEVER_LOADED,
    alias: {
      ...BY_HAND[name],
      '#config': resolve(configFile),
      '@aws-sdk/credential-provider-node': join(ROOT, 'infra/lean/credentials.ts'),
      croner: join(ROOT, 'infra/lean/cron.ts'),
      'mnemonist/lru-cache': join(ROOT, 'infra/lean/lru-cache.ts'),
      'node:http': join(ROOT, 'infra/lean/node-http.cjs'),
      'node:http2': join(ROOT, 'infra/lean/node-http2.cjs'),
      undici: join(ROOT, 'infra/lean/undici.cjs'),
      'undici/lib': join(ROOT, 'node_modules/undici/lib'),
    },
  })
}
