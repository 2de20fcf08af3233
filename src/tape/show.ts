/** A program as text: one line an input, constant in use, entry and result, in an order a person can follow. */
import { showShape } from '../core/error.js'
import type { Abstract, Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import { isNode } from './node.js'
import { entryCount, type Program } from './program.js'

const typeOf = (a: Abstract): string => `${a.dtype}${showShape(a.shape)}`

/** Constants of one number are shown as that number, others by their type. */
const showConstant = (v: Tensor): string => {
  if (isNode(v)) return `captured ${typeOf(v)}`
  const c = v as Concrete
  if (c.buffer !== null) return typeOf(c)
  const n = c.dtype === 'bool' ? String(c.value !== 0) : Object.is(c.value, -0) ? '-0' : String(c.value)
  return c.shape.length === 0 ? n : `${n}${showShape(c.shape)}`
}

const showParams = (params: unknown): string => {
  if (params === null || params === undefined) return ''
  if (Array.isArray(params)) return ` [${params.join(', ')}]`
  if (typeof params !== 'object') return ` ${String(params)}`
  const parts = Object.entries(params).flatMap(([k, v]) =>
    typeof v === 'function' || (typeof v === 'object' && v !== null && !Array.isArray(v)) || k === 'results'
      ? []
      : [`${k}: ${Array.isArray(v) ? `[${v.join(', ')}]` : String(v)}`],
  )
  return parts.length === 0 ? '' : ` { ${parts.join(', ')} }`
}

/**
 * A program as readable text: `%2 = mul %0 %1 : f64[3]`, one line an entry.
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
  const ref = (r: number): string => (r < 0 ? showConstant(p.constants[-1 - r] as Tensor) : `%${r}`)
  const lines = p.inputs.map((a, i) => `%${i} : ${typeOf(a)} input`)
  for (let k = 0; k < entryCount(p); k++) {
    const from = p.first[k] as number
    const to = p.first[k + 1] as number
    const names = Array.from({ length: to - from }, (_, i) => `%${from + i}`).join(', ')
    const types = p.slots.slice(from, to).map(typeOf).join(', ')
    const name = p.primitives[k]?.name ?? ''
    const params = p.params[k]
    const args = p.refs
      .slice(p.start[k], p.start[k + 1])
      .map((r) => ` ${ref(r)}`)
      .join('')
    const label = name === 'named' ? `  # ${String(params)}` : ''
    lines.push(`${names} = ${name}${name === 'named' ? '' : showParams(params)}${args} : ${types}${label}`)
  }
  lines.push(`return ${p.outputs.map(ref).join(', ')}`)
  return lines.join('\n')
}
