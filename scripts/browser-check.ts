/**
 * The library in a browser: bundles a page (browser-page.ts), opens it in a headless Chromium, and prints what passed there.
 * Once as pages mostly are; once where there is no WebAssembly; once under a Content Security Policy that forbids WebAssembly
 * and making functions of text; and twice in a page that is isolated from others, where threads share memory, the second time
 * under a policy that forbids to start them. Where no browser is to be found it says so, and that nothing was checked.
 * CHROMIUM names one that stands elsewhere. Results are written as vitest writes its own, to be counted with them.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Outcome } from './browser-page.js'
import { root } from './files.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Page {
  readonly name: string
  /** What compiled programs become there. */
  readonly target: 'wasm' | 'js' | 'evaluated'
  /** Samples for each suite of laws. */
  readonly runs: number
  readonly head: string
  /** Whether the page is isolated from others, and how many threads compute there. */
  readonly threads?: 1 | 2
}

const NONCE = 'lanac'
const pages: readonly Page[] = [
  { name: 'with WebAssembly', target: 'wasm', runs: 4, head: '' },
  {
    name: 'without WebAssembly',
    target: 'js',
    runs: 1,
    head: '<script>delete globalThis.WebAssembly</script>',
  },
  {
    name: 'under a strict policy',
    target: 'evaluated',
    runs: 1,
    head: `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${NONCE}'">`,
  },
  { name: 'isolated, with threads', target: 'wasm', runs: 1, head: '', threads: 2 },
  {
    name: 'isolated, without threads',
    target: 'wasm',
    runs: 1,
    head: `<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-${NONCE}' 'wasm-unsafe-eval'; worker-src 'none'">`,
    threads: 1,
  },
]

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

// -------------------------------------------------------------------------------------------------------------- browsing

const result = join(root, 'out', 'vitest', 'browser-check.json')
const folder = mkdtempSync(join(tmpdir(), 'lanac-browser-'))

/** What a page is when its scripts have run. */
const dump = (browser: string, html: string, isIsolated: boolean): Promise<Dumped> => {
  const page = join(folder, 'page.html')
  writeFileSync(page, html)
  return isIsolated ? served((address) => opened(browser, address)) : opened(browser, pathToFileURL(page).href)
}

interface Dumped {
  readonly text: string
  readonly problem: string
}

const opened = (browser: string, address: string): Promise<Dumped> =>
  new Promise((done) => {
    execFile(
      browser,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${join(folder, 'profile')}`,
        // how long the page may take, in milliseconds: its script runs before it has loaded
        '--timeout=240000',
        '--dump-dom',
        address,
      ],
      { encoding: 'utf8', timeout: 270_000, maxBuffer: 2 ** 26 },
      (error, text, problem) => done({ text, problem: `${error?.message ?? ''}${problem}`.trim() }),
    )
  })

/**
 * Serves the page isolated from others, as long as something takes. It has not loaded before its picture has, which comes
 * when the page asks for what stands at `done`: threads start while it waits.
 */
const served = async <A>(use: (address: string) => Promise<A>): Promise<A> => {
  const types: Readonly<Record<string, string>> = { '/page.html': 'text/html', '/page.js': 'text/javascript' }
  let finish = (): void => undefined
  const server: Server = createServer(({ url = '' }, response) => {
    const type = types[url]
    const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    if (type !== undefined)
      response.writeHead(200, { ...isolated, 'Content-Type': type }).end(readFileSync(join(folder, url)))
    else if (url === '/picture') finish = () => void response.writeHead(204).end()
    else {
      response.writeHead(204).end()
      if (url === '/done') finish()
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page.html`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const outcomesOf = async (browser: string, page: Page): Promise<readonly Outcome[]> => {
  const { target, runs, threads } = page
  const data = `data-target="${target}" data-runs="${runs}"${threads === undefined ? '' : ` data-threads="${threads}"`}`
  const script = `<script nonce="${NONCE}" src="page.js" ${data}></script>`
  const picture = threads === undefined ? '' : '<img src="picture" alt="">'
  const html = `<!doctype html><meta charset="utf-8">${page.head}<body>${picture}${script}`
  const { text, problem } = await dump(browser, html, threads !== undefined)
  const found = /BEGIN(.*)END/.exec(text)?.[1]
  if (found !== undefined) return JSON.parse(decodeURIComponent(found)) as readonly Outcome[]
  return [{ name: 'the page', passed: false, note: `it ended early\n${text}\n${problem}`, milliseconds: 0 }]
}

// -------------------------------------------------------------------------------------------------------------- running

/** The outcomes as results of vitest. */
const written = (outcomes: readonly Outcome[]): string => {
  const failed = outcomes.filter((o) => !o.passed).length
  const tests = outcomes.map((o) => ({
    fullName: o.name,
    status: o.passed ? 'passed' : 'failed',
    duration: o.milliseconds,
    failureMessages: o.passed ? [] : [o.note],
  }))
  const file = join(root, 'scripts', 'browser-page.ts')
  const status = failed > 0 ? 'failed' : 'passed'
  return JSON.stringify({
    numPassedTests: outcomes.length - failed,
    numFailedTests: failed,
    testResults: [{ name: file, status, message: '', assertionResults: tests }],
  })
}

/** Runs all pages. */
const checkIn = async (browser: string): Promise<void> => {
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
  const all: Outcome[] = []
  for (const page of pages) {
    const start = performance.now()
    const outcomes = await outcomesOf(browser, page)
    const failed = outcomes.filter((o) => !o.passed)
    for (const o of failed) console.log(`FAILED ${page.name}: ${o.name}: ${o.note}`)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const first = outcomes[0]
    console.log(
      `${failed.length > 0 ? 'FAILED' : 'ok    '} ${page.name}: ${first?.name}, ${first?.note}; ${outcomes.length - failed.length} passed, ${failed.length} failed (${seconds} s)`,
    )
    all.push(...outcomes.map((o) => ({ ...o, name: `${page.name}: ${o.name}` })))
  }
  mkdirSync(dirname(result), { recursive: true })
  writeFileSync(result, written(all))
  const failed = all.filter((o) => !o.passed).length
  console.log(
    `browser: ${all.length - failed} passed, ${failed} failed, ${Math.ceil(code.length / 1024)} KiB of script, ${browser}`,
  )
  if (failed > 0) process.exitCode = 1
}

const named = process.env.CHROMIUM
const browser = named ?? PLACES.find((p) => existsSync(p))
try {
  rmSync(result, { force: true })
  if (named !== undefined && !existsSync(named)) {
    console.error(`browser: there is none at ${named}, which CHROMIUM names`)
    process.exitCode = 1
  } else if (browser === undefined)
    console.log('browser: NOT CHECKED, no Chromium was found; install chromium, or name one in CHROMIUM')
  else {
    const { text, problem } = await dump(browser, '<!doctype html><body>here', false)
    if (text.includes('here')) await checkIn(browser)
    else console.log(`browser: NOT CHECKED, ${browser} does not open a page here:\n${problem}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
