/** What a process does with a compiler that is missing, fails, crashes or hangs, and with one that has done its work already. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openCache } from '../../src/native/cache.js'
import { type Compiler, findCompiler, objectOf, sourceFor } from '../../src/native/compiler.js'
import { compiler, temporary } from './compiler.js'

const child = fileURLToPath(new URL('child.ts', import.meta.url))

/** A compiler that is a script; `$cc` is the real one. */
const script = (folder: string, text: string): string => {
  const file = join(folder, 'cc')
  writeFileSync(file, `#!/bin/sh\ncc=${compiler?.toolchain.command}\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

const run = (args: readonly string[], env: NodeJS.ProcessEnv, loader: readonly string[] = []) => {
  const start = performance.now()
  const r = spawnSync(process.execPath, ['--import', 'tsx', ...loader, child, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    encoding: 'utf8',
    timeout: 50_000,
  })
  return { ...r, seconds: (performance.now() - start) / 1000, out: JSON.parse(r.stdout || 'null') }
}

/** Fails for programs, but says what it is. */
const BROKEN = 'case "$*" in *-dM*) exec $cc "$@";; esac'

describe.skipIf(compiler === null)('a process', () => {
  it('runs no compiler when it finds what it needs', () => {
    const folder = temporary()
    const log = join(folder, 'log')
    const env = { LANAC_CACHE: join(folder, 'c'), LANAC_CC: script(folder, `echo "$@" >> ${log}\nexec $cc "$@"`) }
    const first = run(['native'], env)
    expect(first.stderr).toBe('')
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(2)
    const second = run(['native'], env)
    expect(second.out).toEqual(first.out)
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  it('says once that there is no compiler, and runs in WebAssembly', () => {
    const folder = temporary()
    const { out, stderr } = run(['native'], { LANAC_CACHE: join(folder, 'c'), LANAC_CC: join(folder, 'none') })
    expect(stderr.match(/lanac\/native: there is no C compiler/g)).toHaveLength(1)
    expect(out.values[0]).toBeCloseTo(out.expected, 12)
  })

  it('says once that there is no koffi, and runs in WebAssembly', () => {
    const folder = temporary()
    const hook = join(folder, 'hide.cjs')
    writeFileSync(
      hook,
      `const m = require('node:module'); const load = m._load
m._load = (name, ...rest) => { if (name === 'koffi') throw new Error("Cannot find module 'koffi'"); return load(name, ...rest) }`,
    )
    const { out, stderr } = run(['auto'], { LANAC_CACHE: join(folder, 'c') }, ['--require', hook])
    expect(stderr.match(/koffi.*npm install koffi/g)).toHaveLength(1)
    expect(out.values[0]).toBeCloseTo(out.expected, 12)
  })

  it('is told what a compiler said that failed', () => {
    const folder = temporary()
    const env = {
      LANAC_CACHE: join(folder, 'c'),
      LANAC_CC: script(folder, `${BROKEN}\necho "no room for registers" >&2; exit 3`),
    }
    const { status, stderr } = run(['native'], env)
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/CompilerError[\s\S]*ended with 3[\s\S]*no room for registers/)
  })

  it('goes on in WebAssembly where a compiler fails in the background', () => {
    const folder = temporary()
    const env = { LANAC_CACHE: join(folder, 'c'), LANAC_CC: script(folder, `${BROKEN}\necho "no" >&2; exit 3`) }
    const { out, stderr, status } = run(['auto', 'until told'], env)
    expect(status).toBe(0)
    expect(stderr.match(/lanac\/native: .*ended with 3/g)).toHaveLength(1)
    expect(out.values[0]).toBeCloseTo(out.expected, 12)
  })

  it('gives way to others while it compiles in the background', () => {
    const folder = temporary()
    const log = join(folder, 'log')
    // the compiler's session is told of its priority once it has begun
    const text = `${BROKEN}\nsleep 0.3; { nice; cat /proc/self/autogroup || echo none; } > ${log}.part 2> /dev/null; mv ${log}.part ${log}; exit 3`
    const env = { LANAC_CACHE: join(folder, 'c'), LANAC_CC: script(folder, text), UNTIL: log }
    expect(run(['auto', 'until there'], env).status).toBe(0)
    const [own, session] = readFileSync(log, 'utf8').trim().split('\n')
    expect(own).toBe('10')
    // systems that count them among the processes of a session, and those that don't
    expect(session).toMatch(/^(\/autogroup-\d+ nice 10|none)$/)
  })

  it('ends while a compiler hangs in the background, and takes it along', () => {
    const folder = temporary()
    const pid = join(folder, 'pid')
    const hang = `${BROKEN}\nsleep 97 & echo $! > ${pid}; wait`
    const env = { LANAC_CACHE: join(folder, 'c'), LANAC_CC: script(folder, hang), UNTIL: pid }
    const { status, signal, stderr } = run(['auto', 'until there'], env)
    expect([status, signal, stderr]).toEqual([0, null, ''])
    expect(existsSync(pid)).toBe(true)
    expect(isRunning(Number(readFileSync(pid, 'utf8')))).toBe(false)
    expect(readdirSync(join(folder, 'c')).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

/** Whether a process runs; one that has ended may wait to be noticed. */
const isRunning = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe.skipIf(compiler === null)('a compiler', () => {
  const slow = (text: string, limit: number): Compiler => {
    const folder = temporary()
    const c = compiler as Compiler
    return {
      ...c,
      cache: openCache(join(folder, 'c')),
      toolchain: { ...c.toolchain, command: script(folder, text), limit },
    }
  }
  it('that hangs is ended, and that is the error', () => {
    const c = slow('exec sleep 98', 200)
    expect(objectOf(c, sourceFor(c, 'int x;'))).toMatchObject({
      problem: expect.stringMatching(/took longer than 0.2 s/),
    })
    expect(readdirSync(c.cache.folder)).toEqual([])
  })
  it('that crashes is the error', () => {
    const c = slow('echo "internal error" >&2; kill -SEGV $$', 10_000)
    // one line, and more than a pipe holds
    for (const text of ['int x;', 'int x;\n'.repeat(100_000)])
      expect(objectOf(c, sourceFor(c, text))).toMatchObject({
        problem: expect.stringMatching(/was ended by SIGSEGV/),
        output: expect.stringMatching(/internal error/),
      })
  })
  it('that can not be asked is missing', () => {
    const before = process.env.LANAC_CC
    process.env.LANAC_CC = slow('exit 7', 1000).toolchain.command
    try {
      expect(findCompiler(openCache(join(temporary(), 'c')))).toMatchObject({
        problem: expect.stringMatching(/ended with 7/),
      })
    } finally {
      if (before === undefined) delete process.env.LANAC_CC
      else process.env.LANAC_CC = before
    }
  })
  it('is another one for another processor', () => {
    const c = compiler as Compiler
    const other = { ...c, toolchain: { ...c.toolchain, identity: 'another' } }
    expect(sourceFor(other, 'int x;').key).not.toBe(sourceFor(c, 'int x;').key)
  })
})
