/** Threefry-2x32 in lanes: the rounds of primitive/threefry.ts on as many counters at once as a register holds. */
import { binary, constant, type Lane, shift } from '../core/lane.js'
import { along, at, type Index, type Loop, type Nest, plus, put, storing } from '../core/nest.js'
import type { Known, Site } from './rule.js'

const add = (x: Lane, y: Lane): Lane => binary('add', x, y)
const xor = (x: Lane, y: Lane): Lane => binary('xor', x, y)
const word = (n: number): Lane => constant('i32', n | 0)
const rotated = (x: Lane, by: number): Lane => binary('or', shift('shl', x, by), shift('shrU', x, 32 - by))

const PARITY = 0x1bd11bda
const ROTATIONS: readonly (readonly number[])[] = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
]

/** The two words of a block. */
const block = (k0: Lane, k1: Lane, c0: Lane, c1: Lane): readonly [Lane, Lane] => {
  const keys = [k0, k1, xor(xor(k0, k1), word(PARITY))] as const
  let x = add(c0, k0)
  let y = add(c1, k1)
  for (let i = 1; i <= 5; i++) {
    for (const r of ROTATIONS[(i - 1) % 2] as readonly number[]) {
      x = add(x, y)
      y = xor(rotated(y, r), x)
    }
    x = add(x, keys[i % 3] as Lane)
    y = add(y, add(keys[(i + 1) % 3] as Lane, word(i)))
  }
  return [x, y]
}

/** Counters are paired as first half with second half; the odd one out is paired with a counter 0. */
export const threefryNests = (site: Site): readonly Nest[] => {
  const counter = site.args[1] as Known
  const rank = counter.shape.length
  const n = counter.shape[rank - 1] as number
  const half = Math.ceil(n / 2)
  const outer: readonly Loop[] = counter.shape.slice(0, -1).map((size) => ({ size }))
  const lead = outer.map(along)
  const key = (i: number): Lane => site.read(0, [...lead, at(i)])
  const read = (i: Index): Lane => site.read(1, [...lead, i])
  const store = (i: Index, value: Lane) => put(site.memory, site.place([...lead, i]), value)
  const pairs: Loop = { size: n - half }
  const i = along(pairs)
  const [x, y] = block(key(0), key(1), read(i), read(plus(i, at(half))))
  // of no counters too there is a nest, of no rounds
  const nests = n === 1 ? [] : [storing([...outer, pairs], [store(i, x), store(plus(i, at(half)), y)])]
  if (n % 2 === 0) return nests
  const last = at(half - 1)
  return [...nests, storing(outer, [store(last, block(key(0), key(1), read(last), word(0))[0])])]
}
