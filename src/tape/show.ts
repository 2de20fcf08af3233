/** A program as text: one line an input, entry and list of results, in an order a person can follow. */
import { showShape } from '../core/error.js'
import type { Abstract, Tensor } from '../core/value.js'
import type { CallParams, CustomParams } from '../primitive/composite.js'
import type { Primitive } from '../primitive/record.js'
import type { Concrete } from '../tensor/concrete.js'
import { isNode } from './node.js'
import { entryCount, type Program } from './program.js'

const typeOf = (a: Abstract): string => `${a.dtype}${showShape(a.shape)}`

const showNumber = (n: number, v: Tensor): string =>
  v.dtype === 'bool' ? String(n !== 0) : Object.is(n, -0) ? '-0' : String(n)

/** Vectors up to this size are written out. */
const FEW = 4

/** A constant by its numbers where they are few, by its type where they are many or not known. */
const showConstant = (v: Tensor): string => {
  if (isNode(v)) return `captured ${typeOf(v)}`
  const c = v as Concrete
  if (c.buffer === null) return `${showNumber(c.value, c)}${c.shape.length === 0 ? '' : showShape(c.shape)}`
  if (c.shape.length > 1 || c.buffer.length > FEW) return typeOf(c)
  return `[${Array.from(c.buffer, (n) => showNumber(n, c)).join(', ')}]`
}

/** What an entry is called, as its author named it where it has a name of its own. */
const nameOf = (primitive: Primitive, params: unknown): string =>
  primitive.name === 'call'
    ? `call ${(params as CallParams).name}`
    : primitive.name === 'custom'
      ? (params as CustomParams).name
      : primitive.name

const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'primitives' in x && 'refs' in x && 'outputs' in x

const isPlain = (v: unknown): boolean =>
  Array.isArray(v) ? v.every(isPlain) : typeof v === 'number' || typeof v === 'string' || typeof v === 'boolean'

const plain = (v: unknown): string => (Array.isArray(v) ? `[${v.map(plain).join(', ')}]` : String(v))

/** Axes, labels and the like; programs and rules are left out. */
const showParams = (primitive: Primitive, params: unknown): string => {
  if (params === null || params === undefined || primitive.name === 'named') return ''
  if (primitive.results === 'many' && ['call', 'custom'].includes(primitive.name)) return ''
  if (isPlain(params)) return ` ${plain(params)}`
  const parts = Object.entries(params).flatMap(([k, v]) => (isPlain(v) ? [`${k}: ${plain(v)}`] : []))
  return parts.length === 0 ? '' : ` { ${parts.join(', ')} }`
}

const programsIn = (params: unknown): readonly Program[] =>
  typeof params === 'object' && params !== null ? Object.values(params).filter(isProgram) : []

/** What `of` says of each slot, one after the other. */
const listed = (from: number, to: number, of: (slot: number) => string): string => {
  let text = ''
  for (let s = from; s < to; s++) text += s === from ? of(s) : `, ${of(s)}`
  return text
}

const slotName = (slot: number): string => `%${slot}`

/**
 * A program as readable text: `%2 = mul %0 %1 : f64[3]`, one line an entry. The program of a call stands indented below
 * it, with numbers of its own, once.
 *
 * @example
 * ```ts
 * import * as Tape from 'lanac/tape'
 * import { add, square } from 'lanac'
 * const text = Tape.show(Tape.trace((x) => add(square(x), 1))(2))
 * assert.equal(text.split('\n')[0], '%0 : f64[] input')
 * ```
 */
export const show = (p: Program): string => {
  const shown = new Set<Program>()
  const lines: string[] = []
  const write = (q: Program, indent: string): void => {
    const ref = (r: number): string => (r < 0 ? showConstant(q.constants[-1 - r] as Tensor) : slotName(r))
    const typeAt = (slot: number): string => typeOf(q.slots[slot] as Abstract)
    q.inputs.forEach((a, i) => {
      lines.push(`${indent}%${i} : ${typeOf(a)} input`)
    })
    for (let k = 0; k < entryCount(q); k++) {
      const from = q.first[k] as number
      const to = q.first[k + 1] as number
      const primitive = q.primitives[k] as Primitive
      const params = q.params[k]
      const names = listed(from, to, slotName)
      const types = listed(from, to, typeAt)
      let args = ''
      for (let i = q.start[k] as number; i < (q.start[k + 1] as number); i++) args += ` ${ref(q.refs[i] as number)}`
      const label = primitive.name === 'named' ? `  # ${String(params)}` : ''
      const what = nameOf(primitive, params) + showParams(primitive, params)
      lines.push(`${indent}${names} = ${what}${args} : ${types}${label}`)
      for (const inner of programsIn(params)) {
        if (shown.has(inner)) continue
        shown.add(inner)
        write(inner, `${indent}    `)
      }
    }
    lines.push(`${indent}return ${q.outputs.map(ref).join(', ')}`)
  }
  write(p, '')
  return lines.join('\n')
}
