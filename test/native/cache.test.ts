/** Compiled objects on disk: only whole ones, only our own, and not too many. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { hashOf, openCache } from '../../src/native/cache.js'
import { type Compiler, objectOf, sourceFor } from '../../src/native/compiler.js'
import { compiler, temporary } from './compiler.js'

const kept = (folder: string, key: string, text: string, most?: number): string => {
  const cache = openCache(folder, most)
  const draft = cache.draft()
  writeFileSync(draft, text)
  return cache.keep(key, draft)
}

// a folder that is not used is replaced by one in there
process.env.TMPDIR = temporary()

describe('the cache', () => {
  it('finds what it keeps, in a folder and files of its owner alone', () => {
    const folder = join(temporary(), 'deep', 'down')
    const file = kept(folder, hashOf('a'), 'object')
    expect(openCache(folder).find(hashOf('a'))).toBe(file)
    expect(openCache(folder).find(hashOf('b'))).toBe(null)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(file).mode & 0o077).toBe(0)
  })
  it.each([
    ['cut short', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 3))],
    ['empty', (file: string) => writeFileSync(file, '')],
    [
      'changed in one bit',
      (file: string) => {
        const bytes = readFileSync(file)
        bytes[2] = (bytes[2] as number) ^ 1
        writeFileSync(file, bytes)
      },
    ],
    ['open to others', (file: string) => chmodSync(file, 0o770)],
    [
      'a link',
      (file: string) => {
        rmSync(file)
        writeFileSync(`${file}.elsewhere`, 'object')
        symlinkSync(`${file}.elsewhere`, file)
      },
    ],
  ])('does not find an object that is %s', (_, spoil) => {
    const folder = temporary()
    spoil(kept(folder, hashOf('a'), 'object'))
    expect(openCache(folder).find(hashOf('a'))).toBe(null)
    expect(readdirSync(folder).filter((name) => name.endsWith('.so'))).toEqual([])
    kept(folder, hashOf('a'), 'object')
    expect(openCache(folder).find(hashOf('a'))).not.toBe(null)
  })
  it('does not use a folder that others may write to, nor one inside such a folder', () => {
    const outer = temporary()
    for (const mode of [0o770, 0o707, 0o777]) {
      const folder = join(outer, String(mode))
      mkdirSync(folder)
      chmodSync(folder, mode)
      expect(openCache(folder).folder).not.toBe(folder)
      expect(readdirSync(folder)).toEqual([])
    }
    const open = join(outer, 'open')
    mkdirSync(join(open, 'own'), { recursive: true })
    chmodSync(open, 0o777)
    expect(openCache(join(open, 'own')).folder).not.toBe(join(open, 'own'))
    chmodSync(open, 0o1777)
    expect(openCache(join(open, 'own')).folder).toBe(join(open, 'own'))
  })
  it('does not use a link, or a file, in the place of a folder', () => {
    const outer = temporary()
    mkdirSync(join(outer, 'real'), { mode: 0o700 })
    symlinkSync(join(outer, 'real'), join(outer, 'link'))
    writeFileSync(join(outer, 'file'), '')
    for (const name of ['link', 'file']) expect(openCache(join(outer, name)).folder).not.toBe(join(outer, name))
  })
  it('lets go of what was used longest ago, and of nothing that is not its own', () => {
    const folder = temporary()
    writeFileSync(join(folder, 'letter.txt'), 'x'.repeat(5000))
    for (let k = 0; k < 6; k++) {
      const file = kept(folder, hashOf(String(k)), String(k).repeat(100), 450)
      utimesSync(file, 1000 + k, 1000 + k)
      if (k === 3) openCache(folder).find(hashOf('0'))
    }
    const cache = openCache(folder)
    const there = [0, 1, 2, 3, 4, 5].filter((k) => cache.find(hashOf(String(k))) !== null)
    expect(there).toEqual([0, 3, 4, 5])
    expect(readdirSync(folder)).toContain('letter.txt')
  })
  it('goes on when its folder is deleted', () => {
    const folder = join(temporary(), 'c')
    const cache = openCache(folder)
    rmSync(folder, { recursive: true })
    expect(cache.find(hashOf('a'))).toBe(null)
    cache.note('compiler-x', 'text')
    expect(cache.noted('compiler-x')).toBe('text')
    const draft = cache.draft()
    writeFileSync(draft, 'object')
    expect(cache.find(hashOf('a'))).toBe(null)
    expect(cache.keep(hashOf('a'), draft)).toBe(cache.find(hashOf('a')))
  })
  it('takes no note that was changed', () => {
    const cache = openCache(temporary())
    cache.note('compiler-x', 'text')
    const file = join(cache.folder, 'compiler-x.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('text', 'test'))
    expect(cache.noted('compiler-x')).toBe(null)
  })
})

describe.skipIf(compiler === null)('objects', () => {
  const text = '__attribute__((visibility("default"))) int @NAME@(void) { return 7; }'
  const withCache = (): Compiler => {
    let runs = 0
    return {
      ...(compiler as Compiler),
      cache: openCache(temporary()),
      runs: () => runs,
      ran: () => {
        runs += 1
      },
    }
  }
  it('are compiled once, and again when they were spoiled', () => {
    const c = withCache()
    const source = sourceFor(c, text)
    const file = objectOf(c, source) as string
    expect([objectOf(c, source), c.runs()]).toEqual([file, 1])
    writeFileSync(file, readFileSync(file).subarray(0, 5000))
    const again = objectOf(c, source) as string
    expect(c.runs()).toBe(2)
    const f = c.koffi.load(again).func(source.name, 'int', [])
    expect(f()).toBe(7)
  })
  it('show nothing but their own names', () => {
    const c = withCache()
    const source = sourceFor(c, `static int run(void) { return 1; }\n${text}`)
    const library = c.koffi.load(objectOf(c, source) as string)
    expect(() => library.func('run', 'int', [])).toThrow()
  })
  it('are made by processes at once without harm', async () => {
    const folder = temporary()
    const child = fileURLToPath(new URL('child.ts', import.meta.url))
    const one = () =>
      new Promise<string>((done) => {
        const p = spawn(process.execPath, ['--import', 'tsx', child, 'native'], {
          env: { ...process.env, NODE_OPTIONS: '', LANAC_CACHE: folder },
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let out = ''
        p.stdout.on('data', (part) => {
          out += part
        })
        p.on('close', () => done(out))
      })
    const [a, b] = await Promise.all([one(), one()])
    expect(a).not.toBe('')
    expect(b).toBe(a)
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
})
