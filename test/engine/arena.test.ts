/** The arena against a model: a list of values that never change. */
import * as fc from 'fast-check'
import { ValueError } from 'lanac'
import { describe, expect, it } from 'vitest'
import { type Arena, aligned, arena, FORGOTTEN, type Slab } from '../../src/engine/arena.js'

// ---------------------------------------------------------------------------------------------------------------- model

const CAPACITY = 4096

/** A slab, what was written to it, and in which call it was last used. */
interface Written {
  readonly slab: Slab
  readonly bytes: Uint8Array
  used: number
  /** Where it stood when it was last used. */
  address: number
}

interface Model {
  readonly arena: Arena
  readonly slabs: Written[]
  readonly reserved: { readonly from: number; readonly to: number }[]
  call: number
  /** Where the ring begins, once it is known. */
  ring: number | null
}

type Step =
  | { readonly kind: 'begin' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'write'; readonly size: number; readonly seed: number }
  | { readonly kind: 'copy'; readonly size: number; readonly seed: number }
  | { readonly kind: 'use'; readonly which: number }
  | { readonly kind: 'workspace'; readonly size: number }
  | { readonly kind: 'table'; readonly entries: number }

const bytesOf = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (seed * 31 + i * (1 + (seed % 7))) & 255)

/** Whether a slab of this size fits between those that the running call uses. */
const fits = (m: Model, size: number): boolean => {
  const from = m.ring ?? 0
  const taken = m.slabs.filter((w) => w.used === m.call).map((w) => [w.address, w.address + w.slab.bytes] as const)
  const ends = [from, ...taken.map(([, to]) => to)]
  const starts = [from + CAPACITY, ...taken.map(([at]) => at)]
  return ends.some((at) => Math.min(...starts.filter((s) => s >= at)) - at >= aligned(size))
}

/** Runs a step that asks for room: it fails when there is none, and only then. */
const asking = <A>(m: Model, size: number, f: () => A): A | null => {
  const expected = fits(m, size)
  try {
    const out = f()
    expect(expected).toBe(true)
    return out
  } catch (e) {
    if (!(e instanceof ValueError)) throw e
    expect(expected).toBe(false)
    expect(e.message).toMatch(/arena/)
    return null
  }
}

const step = (m: Model, s: Step): void => {
  const a = m.arena
  switch (s.kind) {
    case 'begin':
      m.call += 1
      a.begin()
      return
    case 'empty':
      a.empty()
      // what the call used has been moved: it is over
      m.call += 1
      a.begin()
      for (const w of m.slabs) expect(w.slab.address).toBe(-1)
      return
    case 'write':
    case 'copy': {
      const slab = asking(m, s.size, () => a.slab(s.size))
      if (slab === null) return
      m.ring ??= slab.address
      const bytes = bytesOf(s.size, s.seed)
      a.view('bool', slab.address, s.size).set(bytes)
      if (s.kind === 'copy') {
        // a part of a larger array on the heap
        const around = new Uint8Array(s.size + 48)
        around.set(bytes, 16)
        slab.heap = around.buffer
        slab.start = 16
      }
      m.slabs.push({ slab, bytes, used: m.call, address: slab.address })
      return
    }
    case 'use': {
      const w = m.slabs[s.which % Math.max(1, m.slabs.length)]
      if (w === undefined) return
      const away = w.slab.address < 0
      const address = away ? asking(m, w.slab.bytes, () => a.resident(w.slab)) : a.resident(w.slab)
      if (address === null) return
      w.used = m.call
      w.address = address
      return
    }
    case 'workspace': {
      const from = a.workspace(s.size)
      m.reserved.push({ from, to: from + s.size })
      return
    }
    case 'table': {
      const from = a.table(s.entries)
      m.reserved.push({ from, to: from + 4 * s.entries })
    }
  }
}

const check = (m: Model): void => {
  const inMemory = m.slabs
    .filter((w) => w.slab.address >= 0)
    .map((w) => ({ from: w.slab.address, to: w.slab.address + w.slab.bytes }))
    .sort((x, y) => x.from - y.from)
  inMemory.forEach((x, i) => {
    expect(x.from).toBeGreaterThanOrEqual(m.ring as number)
    expect(x.to).toBeLessThanOrEqual((m.ring as number) + CAPACITY)
    expect(x.from).toBeGreaterThanOrEqual(inMemory[i - 1]?.to ?? 0)
    for (const r of m.reserved) expect(r.to <= x.from || x.to <= r.from).toBe(true)
  })
  for (const r of m.reserved) expect(r.to).toBeLessThanOrEqual(m.arena.memory.buffer.byteLength)
  for (const w of m.slabs) {
    if (w.used === m.call) expect(w.slab.address).toBe(w.address)
    expect(Buffer.compare(w.slab.elements('bool', 0, w.bytes.length) as Uint8Array, w.bytes)).toBe(0)
  }
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'begin' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'empty' }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom('write' as const, 'copy' as const),
      size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: CAPACITY + 100 })),
      seed: fc.nat(1000),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('use' as const), which: fc.nat(1000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('workspace' as const), size: fc.integer({ min: 1, max: 3_000_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('table' as const), entries: fc.integer({ min: 1, max: 500 }) }),
  },
)

// -------------------------------------------------------------------------------------------------------------- running

describe('an arena', () => {
  it('keeps what was written, apart, in place while a call uses it, and refuses only what does not fit', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
        const m: Model = { arena: arena(CAPACITY), slabs: [], reserved: [], call: 0, ring: null }
        m.arena.begin()
        for (const s of steps) {
          step(m, s)
          check(m)
        }
      }),
    )
  })

  it('has a ring as long as a call needs, and loses nothing when it becomes longer or shorter', () => {
    const first = 1024
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            bytes: fc.integer({ min: 1, max: 8192 }),
            parts: fc.integer({ min: 1, max: 6 }),
            again: fc.array(fc.nat(1000), { maxLength: 3 }),
            seed: fc.nat(1000),
            workspace: fc.integer({ min: 0, max: 200_000 }),
          }),
          { maxLength: 40, size: 'max' },
        ),
        (calls) => {
          const a = arena(2 ** 15, first)
          const slabs: { readonly slab: Slab; readonly bytes: Uint8Array }[] = []
          for (const c of calls) {
            const size = Math.max(1, Math.floor(c.bytes / c.parts))
            const used = [...new Set(c.again.map((i) => slabs[i % Math.max(1, slabs.length)]))].filter(
              (w) => w !== undefined,
            )
            const need = c.parts * aligned(size) + used.reduce((n, w) => n + w.slab.bytes, 0)
            const call = () => {
              a.begin(need)
              a.workspace(c.workspace)
              for (const w of used) a.pin(w.slab)
              const addresses = used.map((w) => a.resident(w.slab))
              const written = Array.from({ length: c.parts }, (_, i) => {
                const slab = a.slab(size)
                const bytes = bytesOf(size, c.seed + i)
                a.view('bool', slab.address, size).set(bytes)
                return { slab, bytes }
              })
              return { addresses, written }
            }
            const attempt = () => {
              try {
                return call()
              } catch (e) {
                if (!(e instanceof ValueError)) throw e
                // what is used again may stand in the way; side by side everything fits
                a.empty()
                return call()
              }
            }
            const { addresses, written } = attempt()
            slabs.push(...written)
            // what the call uses is where it was, apart, within the ring
            used.forEach((w, i) => {
              expect(w.slab.address).toBe(addresses[i])
            })
            const own = [...used, ...written].map((w) => w.slab).sort((x, y) => x.address - y.address)
            own.forEach((s, i) => {
              expect(s.address).toBeGreaterThanOrEqual(
                i === 0 ? 64 : (own[i - 1] as Slab).address + (own[i - 1] as Slab).bytes,
              )
            })
            for (const w of slabs) {
              expect(Buffer.compare(w.slab.elements('bool', 0, w.bytes.length) as Uint8Array, w.bytes)).toBe(0)
            }
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('keeps of a ring that was long only what it needs: short calls go round a short one', () => {
    const a = arena(2 ** 20, 2 ** 10)
    a.begin(2 ** 18)
    const long = a.slab(2 ** 18)
    expect(a.memory.buffer.byteLength).toBeGreaterThan(2 ** 19)
    const seen = new Set<number>()
    for (let i = 0; i < 100; i++) {
      a.begin(64)
      seen.add(a.slab(64).address)
    }
    expect(seen.size).toBeLessThanOrEqual(2 ** 10 / 64)
    expect(long.address).toBe(-1)
  })

  it('copies small neighbours out together, and none of them keeps more than 32 KiB', () => {
    const a = arena(2 ** 18)
    a.begin()
    const slabs = Array.from({ length: 200 }, (_, i) => {
      const s = a.slab(1000)
      a.view('bool', s.address, 1000).fill(i)
      return s
    })
    a.empty()
    const heaps = new Set(slabs.map((s) => s.heap))
    expect(heaps.size).toBeLessThan(10)
    for (const h of heaps) expect((h as ArrayBuffer).byteLength).toBeLessThanOrEqual(2 ** 15)
    slabs.forEach((s, i) => {
      expect([...new Set(s.elements('bool', 0, 1000))]).toEqual([i & 255])
    })
  })

  it('does not copy out again what was read', () => {
    const a = arena(2 ** 17)
    a.begin()
    const s = a.slab(2 ** 15)
    a.view('f64', s.address, 2 ** 12).fill(2.5)
    const read = s.elements('f64', 0, 2 ** 12)
    a.empty()
    expect(s.heap).toBe(read.buffer)
    expect(s.elements('f64', 0, 2 ** 12).buffer).toBe(read.buffer)
    a.begin()
    expect(a.view('f64', a.resident(s), 2 ** 12)).toEqual(read)
  })

  it('keeps its views right when memory grows', () => {
    const a = arena(CAPACITY)
    a.begin()
    const s = a.slab(64)
    a.view('f64', s.address, 2).set([1.5, -0])
    const before = a.memory.buffer
    a.workspace(2 ** 22)
    expect(a.memory.buffer).not.toBe(before)
    expect(before.byteLength).toBe(0)
    expect([...a.view('f64', s.address, 2)]).toEqual([1.5, -0])
    expect([...s.elements('f64', 0, 2)]).toEqual([1.5, -0])
    expect(a.whole('i32').buffer).toBe(a.memory.buffer)
  })

  it('gives elements of every type from any place of a slab, in memory and out of it', () => {
    const a = arena(CAPACITY)
    a.begin()
    const s = a.slab(256)
    const values = [
      ['f64', 0, [1.25, -7]],
      ['f32', 16, [0.5, 2, -3]],
      ['i32', 32, [2 ** 31 - 1, -(2 ** 31)]],
      ['bool', 48, [1, 0, 1]],
    ] as const
    for (const [dtype, place, x] of values) a.view(dtype, s.address + place, x.length).set(x)
    for (const evict of [false, true]) {
      if (evict) a.empty()
      for (const [dtype, place, x] of values) expect([...s.elements(dtype, place, x.length)]).toEqual(x)
    }
  })

  it('copies small neighbours out together, also past some that the heap has already', () => {
    const a = arena(2 ** 14)
    const kept = Array.from({ length: 64 }, (_, n) => {
      a.begin()
      const filled = a.slab(64)
      filled.heap = FORGOTTEN
      const s = a.slab(64)
      a.view('i32', s.address, 1).set([n])
      return s
    })
    a.empty()
    expect(kept.map((s) => s.elements('i32', 0, 1)[0])).toEqual(kept.map((_, n) => n))
    expect(new Set(kept.map((s) => s.heap)).size).toBe(1)
  })

  it('says so when more memory is asked for than there is, and goes on', () => {
    const a = arena(CAPACITY)
    a.begin()
    const s = a.slab(64)
    a.view('i32', s.address, 1).set([42])
    expect(() => a.workspace(2 ** 31)).toThrow(ValueError)
    expect(() => a.workspace(2 ** 31)).toThrow(/WebAssembly memory/)
    a.workspace(1000)
    expect([...s.elements('i32', 0, 1)]).toEqual([42])
  })

  it('forgets what nobody holds: slabs that were copied out are not kept alive by the ring', () => {
    const a = arena(2 ** 18)
    const before = process.memoryUsage().arrayBuffers
    // 512 MiB of results, each of them forgotten at once
    for (let i = 0; i < 2 ** 11; i++) {
      a.begin()
      a.slab(2 ** 18)
    }
    // the collector runs when buffers have become many; what cannot be collected stays
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28)
  })
})
