/**
 * The library in a browser: bundles a page (browser-page.ts), opens it in a headless Chromium, and prints what passed there.
 * Run by hand: `npm run browser:check`; CHROMIUM names the browser when it is not /usr/bin/chromium.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Outcome } from './browser-page.js'
import { root } from './files.js'

const browser = process.env.CHROMIUM ?? '/usr/bin/chromium'
if (!existsSync(browser)) {
  console.error(`browser: no browser at ${browser}; install chromium, or name one in CHROMIUM`)
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'lanac-browser-'))
try {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'scripts', 'browser-page.ts')],
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  })
  const code = outputFiles[0]?.text ?? ''
  writeFileSync(join(folder, 'page.js'), code)
  const page = join(folder, 'page.html')
  writeFileSync(page, '<!doctype html><meta charset="utf-8"><body><script src="page.js"></script>')
  const run = spawnSync(
    browser,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(folder, 'profile')}`,
      // how long the page may take, in milliseconds: its script runs before it has loaded
      '--timeout=300000',
      '--dump-dom',
      pathToFileURL(page).href,
    ],
    { encoding: 'utf8', timeout: 330_000, maxBuffer: 2 ** 26 },
  )
  const text = /BEGIN(.*)END/.exec(run.stdout)?.[1]
  if (text === undefined) {
    console.error(`browser: the page ended early\n${run.stdout}\n${run.stderr}`)
    process.exitCode = 1
  } else {
    const outcomes = JSON.parse(decodeURIComponent(text)) as readonly Outcome[]
    for (const o of outcomes)
      console.log(`${o.passed ? 'ok    ' : 'FAILED'} ${o.name}: ${o.note} (${(o.milliseconds / 1000).toFixed(1)} s)`)
    const failed = outcomes.filter((o) => !o.passed).length
    console.log(
      `browser: ${outcomes.length - failed} passed, ${failed} failed, ${Math.ceil(code.length / 1024)} KiB of script`,
    )
    if (failed > 0 || outcomes.length === 0) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
