import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // As in tsconfig.json: tests import the package by its name and get the sources, without a build.
    alias: [
      { find: /^lanac$/, replacement: at('./src/index.ts') },
      { find: /^lanac\/laws$/, replacement: at('./laws/index.ts') },
      { find: /^lanac\/([a-z]+)$/, replacement: `${at('./src')}/$1/index.ts` },
    ],
  },
  test: {
    testTimeout: 60_000,
    // by default one processor is left idle, of two: half of the time
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/laws/**', 'test/docs/**'] },
      },
      { extends: true, test: { name: 'laws', include: ['test/laws/**/*.test.ts'] } },
      { extends: true, test: { name: 'docs', include: ['test/docs/**/*.test.ts'] } },
    ],
  },
})
