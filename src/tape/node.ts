/**
 * Symbolic values: immutable expression nodes, and `apply`, which computes on concrete values and makes nodes of
 * symbolic ones. One `apply` serves every mode: what a rule does depends on what it is given.
 */
import { ConcretizationError, showShape } from '../core/error.js'
import { type Abstract, brand, type DType, type Holding, type Shape, type Tensor } from '../core/value.js'
import type { Builder } from '../primitive/builder.js'
import type { AnyMultiple, AnySingle } from '../primitive/record.js'
import { words } from '../primitive/words.js'
import { type Concrete, weaken, withOperation } from '../tensor/concrete.js'
import type { Recording } from './program.js'
import { checkOpen, NO_SCOPES, type Scope, union } from './scope.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** An application of a primitive with a list of results; its results are nodes that point here. */
export interface Application {
  readonly primitive: AnyMultiple
  readonly params: unknown
  readonly args: readonly Tensor[]
  readonly results: readonly Abstract[]
  readonly scopes: readonly Scope[]
  /** The recorder's mark and the slot of the first result; private to one recording at a time. */
  mark: object | null
  slot: number
  values: readonly Concrete[] | undefined
}

/**
 * A symbolic value. A class for the sake of its hidden shape: a tape of 10⁵ operations is 10⁵ of these. `mark`, `slot`,
 * `written` and `known` are private to the recorder and to `force`; to everyone else a node is immutable.
 */
export class Node implements Tensor {
  declare readonly [brand]: Holding
  readonly shape: Shape
  readonly dtype: DType
  readonly weak: boolean
  /** null: a variable of a trace, or one result of `application`. */
  readonly primitive: AnySingle | null
  readonly params: unknown
  readonly args: readonly Tensor[]
  readonly scopes: readonly Scope[]
  readonly application: Application | null
  /** The value, once it is known: what a variable stands for, or what was computed on demand. */
  known: Tensor | undefined
  mark: object | null = null
  slot = 0
  /** Its slot, when it was written as it was made: such a node has no arguments. */
  written = -1
  constructor(
    shape: Shape,
    dtype: DType,
    weak: boolean,
    primitive: AnySingle | null,
    params: unknown,
    args: readonly Tensor[],
    scopes: readonly Scope[],
    application: Application | null,
    known: Tensor | undefined,
  ) {
    this.shape = shape
    this.dtype = dtype
    this.weak = weak
    this.primitive = primitive
    this.params = params
    this.args = args
    this.scopes = scopes
    this.application = application
    this.known = known
  }
  toString(): string {
    return `symbolic ${this.dtype}${showShape(this.shape)} of ${this.scopes.map((s) => s.name).join(', ')}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<${this.toString()}>`
  }
  /** As text. @throws ConcretizationError for JS arithmetic and comparison, which a trace cannot see */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString()
    throw new ConcretizationError({
      operation: 'operator',
      problem: `a JS operator or Math function was given a value traced by ${this.scopes.map((s) => s.name).join(', ')}`,
      hint: 'use words that take tensors: add, mul, exp, greater, …; item(x) is the number where it is known',
    })
  }
}
Object.defineProperty(Node.prototype, brand, { value: 'symbolic' })

/** Any value: in memory or symbolic. */
export type Value = Concrete | Node

// --------------------------------------------------------------------------------------------------------- constructors

const NO_ARGS: readonly Tensor[] = Object.freeze([])

/** A fresh variable of a trace; `known` is the value it stands for, when that may be looked at. */
export const variable = (a: Abstract, scopes: readonly Scope[], known?: Tensor): Node =>
  new Node(a.shape, a.dtype, a.weak, null, null, NO_ARGS, scopes, null, known)

/** Whether a value is symbolic. */
export const isNode = (x: Tensor): x is Node => (x as Value).scopes.length > 0

const scopesOf = (args: readonly Tensor[], operation: string): readonly Scope[] => {
  let scopes: readonly Scope[] = NO_SCOPES
  for (let i = 0; i < args.length; i++) {
    const s = (args[i] as Value).scopes as readonly Scope[]
    if (s.length > 0 && s !== scopes) {
      checkOpen(s, operation)
      scopes = union(scopes, s)
    }
  }
  return scopes
}

/** A result is weak when everything of its element type that went into it is. */
const isWeak = (dtype: DType, args: readonly Tensor[]): boolean => {
  if (dtype !== 'f64') return false
  let weak = false
  for (let i = 0; i < args.length; i++) {
    const x = args[i] as Value
    if (x.dtype === 'f64') {
      if (!x.weak) return false
      weak = true
    }
  }
  return weak
}

/** The recording that a value of these scopes is written to as it is made, if there is one. */
const recordingOf = (scopes: readonly Scope[]): Recording | null =>
  scopes.length === 1 ? (scopes[0] as Scope).recording : null

// ---------------------------------------------------------------------------------------------------------- large values

/** Primitives on values in memory by other means than their reference semantics; null: not by these. */
export interface Accelerator {
  readonly single: (primitive: AnySingle, params: unknown, args: readonly Concrete[], shape: Shape) => Concrete | null
  readonly many: (primitive: AnyMultiple, params: unknown, args: readonly Concrete[]) => readonly Concrete[] | null
}

/** Elements below which no accelerator is asked: the question would cost more than the answer saves. */
const LARGE = 256

const isLarge = (shape: Shape): boolean => {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i] as number
  return n >= LARGE
}

/**
 * The engine stands above this room, so what compiles single operations and loops is told to `apply` from there, when the module of
 * `jit` is loaded. Set once, and never seen in a result but by rounding. A bundle without `jit` has the evaluator alone.
 */
let accelerator: Accelerator | null = null

/** From now on large values are computed by this where it can. */
export const accelerate = (by: Accelerator): void => {
  accelerator = by
}

const compute = (primitive: AnySingle, params: unknown, args: readonly Concrete[], shape: Shape): Concrete => {
  try {
    if (accelerator !== null && (isLarge(shape) || (args.length > 0 && isLarge((args[0] as Concrete).shape)))) {
      const y = accelerator.single(primitive, params, args, shape)
      if (y !== null) return y
    }
    return primitive.evaluate(params as never, args)
  } catch (e) {
    throw withOperation(e, primitive.name, () => [primitive.abstract(params as never, args)])
  }
}

const computeMany = (primitive: AnyMultiple, params: unknown, args: readonly Concrete[]): readonly Concrete[] => {
  try {
    return accelerator?.many(primitive, params, args) ?? primitive.evaluate(params as never, args)
  } catch (e) {
    throw withOperation(e, primitive.name, () => primitive.abstract(params as never, args))
  }
}

// ------------------------------------------------------------------------------------------------------------- applying

/** A primitive with one result, applied. */
export const apply = (primitive: AnySingle, params: unknown, args: readonly Tensor[]): Tensor => {
  const scopes = scopesOf(args, primitive.name)
  const { shape, dtype } = primitive.abstract(params as never, args as readonly Value[])
  const weak = isWeak(dtype, args)
  if (scopes.length === 0) {
    const y = compute(primitive, params, args as readonly Concrete[], shape)
    return weak && !y.weak ? weaken(y) : y
  }
  const recording = recordingOf(scopes)
  if (recording === null) return new Node(shape, dtype, weak, primitive, params, args, scopes, null, undefined)
  const y = new Node(shape, dtype, weak, null, null, NO_ARGS, scopes, null, undefined)
  y.written = recording.write(primitive, params, args, [y])
  return y
}

/** A primitive with a list of results, applied. */
export const applyMany = (primitive: AnyMultiple, params: unknown, args: readonly Tensor[]): readonly Tensor[] => {
  const scopes = scopesOf(args, primitive.name)
  if (scopes.length === 0) return computeMany(primitive, params, args as readonly Concrete[])
  const results = primitive
    .abstract(params as never, args as readonly Value[])
    .map((r): Abstract => ({ shape: r.shape, dtype: r.dtype, weak: false }))
  const recording = recordingOf(scopes)
  if (recording !== null) {
    const first = recording.write(primitive, params, args, results)
    return results.map((r, i) => {
      const y = variable(r, scopes)
      y.written = first + i
      return y
    })
  }
  const application: Application = { primitive, params, args, results, scopes, mark: null, slot: 0, values: undefined }
  return results.map((r, i) => new Node(r.shape, r.dtype, false, null, i, args, scopes, application, undefined))
}

/** The words of every rule and of every operation. */
export const builder: Builder = words(apply, applyMany)

// -------------------------------------------------------------------------------------------------------------- forcing

/**
 * The numbers behind a value: a traced one is computed on demand and remembered.
 * @throws ConcretizationError where they are not known: inside jit and vmap
 */
export const force = (x: Tensor, operation: string): Concrete => {
  if (!isNode(x)) return x as Concrete
  checkOpen(x.scopes, operation)
  const todo: Node[] = [x]
  while (todo.length > 0) {
    const node = todo[todo.length - 1] as Node
    if (node.known !== undefined && !isNode(node.known)) {
      todo.pop()
      continue
    }
    if (node.known !== undefined) {
      // what a variable stands for is itself symbolic: a value of an outer trace
      const outer = node.known as Node
      if (outer.known !== undefined && !isNode(outer.known)) node.known = outer.known
      else todo.push(outer)
      continue
    }
    if (node.primitive === null && node.application === null) throw notKnown(node, operation)
    const missing = node.args.filter((a) => isNode(a) && (a.known === undefined || isNode(a.known))) as Node[]
    if (missing.length > 0) {
      for (const m of missing) todo.push(m)
      continue
    }
    const args = node.args.map((a) => (isNode(a) ? a.known : a) as Concrete)
    node.known = valueOf(node, args)
    todo.pop()
  }
  return x.known as Concrete
}

const valueOf = (node: Node, args: readonly Concrete[]): Concrete => {
  if (node.primitive !== null) return compute(node.primitive, node.params, args, node.shape)
  const a = node.application as Application
  a.values ??= computeMany(a.primitive, a.params, args)
  return a.values[node.params as number] as Concrete
}

const notKnown = (node: Node, operation: string): ConcretizationError => {
  const name = node.scopes.map((s) => s.name).join(', ')
  return new ConcretizationError({
    operation,
    problem: `the numbers are not known while ${name} traces the function`,
    hint: `choose with where(condition, a, b) instead of if, or look at the numbers outside ${name}`,
  })
}
