/**
 * Whether a program that should be linear adds something of its own: a rule that forgets to multiply by the tangent, or
 * adds a constant to it. Such a program has no transpose, and its results would be wrong without a word.
 */
import type { Abstract } from '../core/value.js'
import type { CondParams } from '../primitive/cond.js'
import type { Primitive } from '../primitive/record.js'
import type { ScanParams } from '../primitive/scan.js'
import { isNode } from '../tape/node.js'
import { entryCount, inline, type Program } from '../tape/program.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'

/** How a value depends on the linear inputs. */
type Dependence = 'zero' | 'independent' | 'linear' | 'affine'

const isZero = (c: Concrete): boolean => {
  const n = c.buffer === null ? Math.min(1, sizeOf(c.shape)) : c.buffer.length
  for (let i = 0; i < n; i++) if (elementAt(c, i) !== 0) return false
  return true
}

const PRODUCTS: readonly string[] = ['mul', 'maskedMul', 'contract']
const SUMS: readonly string[] = ['add', 'sub', 'concatenate']

const product = (args: readonly Dependence[]): Dependence =>
  args.includes('zero')
    ? 'zero'
    : args.includes('linear')
      ? 'linear'
      : args.includes('affine')
        ? 'affine'
        : 'independent'

const sum = (args: readonly Dependence[]): Dependence =>
  args.every((a) => a === 'zero')
    ? 'zero'
    : args.every((a) => a === 'zero' || a === 'linear')
      ? 'linear'
      : args.every((a) => a === 'zero' || a === 'independent')
        ? 'independent'
        : 'affine'

/** What stands where one of two values may. */
const either = (a: Dependence, b: Dependence): Dependence => sum([a, b])

/** A loop: what it carries is what it starts with, or what any step makes of that. */
const alongScan = (p: ScanParams, args: readonly Dependence[]): readonly Dependence[] => {
  let inputs = args
  for (;;) {
    const out = through(p.program as Program, inputs)
    const carry = inputs.slice(p.constants, p.constants + p.carry)
    const next = carry.map((d, i) => either(d, out[i] as Dependence))
    if (next.every((d, i) => d === carry[i])) return [...carry, ...out.slice(p.carry)]
    inputs = inputs.map((d, i) => next[i - p.constants] ?? d)
  }
}

const throughMany = (primitive: Primitive, params: unknown, args: readonly Dependence[], n: number) => {
  if (primitive.name === 'scan') return alongScan(params as ScanParams, args)
  if (primitive.name === 'cond') {
    const { onTrue, onFalse } = params as CondParams
    const [t, f] = [onTrue, onFalse].map((q) => through(q as Program, args.slice(1))) as [
      readonly Dependence[],
      readonly Dependence[],
    ]
    return t.map((d, i) => either(d, f[i] as Dependence))
  }
  const d = follow(primitive, params, args)
  return Array.from({ length: n }, () => d)
}

const follow = (primitive: Primitive, params: unknown, args: readonly Dependence[]): Dependence => {
  const { name } = primitive
  if (PRODUCTS.includes(name)) return product(args)
  if (SUMS.includes(name)) return sum(args)
  if (name === 'select' && args[0] === 'independent') return sum(args.slice(1))
  if (name === 'pad' && (params as { readonly value: number }).value !== 0)
    return sum([args[0] ?? 'zero', 'independent'])
  if (name === 'div' && args[1] === 'independent') return args[0] as Dependence
  if (args.includes('affine')) return 'affine'
  // what a linear operation makes of zero is zero: the others of its arguments are coefficients, indices, residuals
  if (args.includes('zero') && !args.includes('linear') && primitive.transpose !== 'not linear') return 'zero'
  // whether it is linear is for its transpose to say
  return args.includes('linear') ? 'linear' : 'independent'
}

/** How the outputs of a program depend on the linear inputs, given how its inputs do. */
const through = (program: Program, inputs: readonly Dependence[]): readonly Dependence[] => {
  const p = inline(program)
  const at: Dependence[] = [...inputs]
  const constants = p.constants.map((c): Dependence => (!isNode(c) && isZero(c as Concrete) ? 'zero' : 'independent'))
  const of = (r: number): Dependence => (r < 0 ? constants[-1 - r] : at[r]) as Dependence
  for (let k = 0; k < entryCount(p); k++) {
    const args = p.refs.slice(p.start[k], p.start[k + 1]).map(of)
    const n = (p.first[k + 1] as number) - (p.first[k] as number)
    for (const d of throughMany(p.primitives[k] as Primitive, p.params[k], args, n)) at.push(d)
  }
  return p.outputs.map(of)
}

/**
 * Whether each output is plainly not linear in the inputs from `from` on: independent of them and not 0, or linear but
 * for something added. What is not plain (a product of two inputs, a square) is for the transpose rules to refuse.
 */
export const isAffine = (program: Program, from: number): readonly boolean[] => {
  const outputs = through(
    program,
    program.inputs.map((_, i) => (i < from ? 'independent' : 'linear')),
  )
  return outputs.map(
    (d, i) => sizeOf((program.results[i] as Abstract).shape) > 0 && (d === 'affine' || d === 'independent'),
  )
}
