/**
 * The body of a function, written instruction by instruction.
 *
 * Control is structured by callbacks: `block` and `loop` hand their label to a function that writes what is inside, so a
 * branch out of scope can't be written. Types on the stack are the writer's affair; the engine's own validation checks
 * them when the module is made.
 */
import { ValueError } from '../../core/error.js'
import { type Bytes, bytes } from './bytes.js'
import {
  ATOMIC,
  type Atomic,
  INDEX,
  LANE,
  type LaneOf,
  MEMORY,
  MEMORY_LANE,
  type Memory,
  type MemoryLane,
  PLAIN,
  type Plain,
  SPECIAL,
  VALUE_TYPES,
  type ValueType,
  WHOLE,
  type Whole,
} from './opcode.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A local variable or parameter, by its index. */
export type Local = number

/** An enclosing block to branch to. */
export interface Label {
  readonly depth: number
}

/** A place in memory relative to an address on the stack. */
export interface Place {
  /** Bytes from the address. Default 0. */
  readonly offset?: number
  /** What the address plus the offset is a multiple of, in bytes. Default: the natural alignment of what is accessed. */
  readonly align?: number
}

/** What writes a function's body. */
export interface Code {
  /** A local of a type: one released by an ended `scope` if there is one. Locals start at zero only when new. */
  readonly local: (type: ValueType) => Local
  /** What `inside` takes by `local` can be taken again afterwards. */
  readonly scope: <A>(inside: () => A) => A
  readonly get: (local: Local) => void
  readonly set: (local: Local) => void
  /** Sets a local and leaves its value on the stack. */
  readonly tee: (local: Local) => void
  readonly globalGet: (index: number) => void
  readonly globalSet: (index: number) => void
  readonly i32: (value: number) => void
  readonly i64: (value: bigint) => void
  /** A float constant; a NaN is the canonical one. */
  readonly f32: (value: number) => void
  readonly f64: (value: number) => void
  /** A vector constant by its 16 bytes. */
  readonly v128: (value: ArrayLike<number>) => void
  /** An instruction without immediates. */
  readonly op: (name: Plain) => void
  /** A load or store. */
  readonly memory: (name: Memory, place?: Place) => void
  /** An access that no other comes into, some bytes from the address. */
  readonly atomic: (name: Atomic, offset: number) => void
  /** A load or store of one lane. */
  readonly memoryLane: (name: MemoryLane, lane: number, place?: Place) => void
  /** `memory.size`, `memory.copy`, … */
  readonly whole: (name: Whole) => void
  readonly lane: (name: LaneOf, lane: number) => void
  /** Bytes picked from two vectors: 0–15 of the first, 16–31 of the second. */
  readonly shuffle: (picks: ArrayLike<number>) => void
  readonly call: (index: number) => void
  /** A block: branching to its label leaves it. */
  readonly block: (inside: (exit: Label) => void, result?: ValueType) => void
  /** A loop: branching to its label begins it again. */
  readonly loop: (inside: (again: Label) => void, result?: ValueType) => void
  /** What is done when the i32 on the stack is not 0, and what when it is. */
  readonly if: (then: () => void, otherwise?: () => void, result?: ValueType) => void
  readonly br: (label: Label) => void
  readonly brIf: (label: Label) => void
  /** Bytes written so far: to cut a function before it grows past {@link LIMITS}. */
  readonly size: () => number
}

/** A finished body in the binary format, without its size. */
export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly locals: number
}

/** Limits that JavaScript engines put on one function (WebAssembly JavaScript Interface, "Implementation Limits"). */
export const LIMITS = { bytes: 7_654_321, locals: 50_000 } as const

/** The block type of no result. */
export const VOID = 0x40

// -------------------------------------------------------------------------------------------------------------- running

const refuse = (problem: string, hint?: string): never => {
  throw new ValueError({ operation: 'wasm', problem, hint })
}

const log2 = (align: number): number => {
  const n = Math.log2(align)
  return Number.isInteger(n) ? n : refuse(`${align} is not a power of two`, 'give the alignment in bytes')
}

const scopedLocals = (params: readonly ValueType[]) => {
  const types: ValueType[] = [...params]
  const free = new Map<ValueType, Local[]>()
  let taken: Local[] | null = null
  return {
    types,
    take: (type: ValueType): Local => {
      const local = free.get(type)?.pop() ?? types.push(type) - 1
      taken?.push(local)
      return local
    },
    scope: <A>(inside: () => A): A => {
      const outer = taken
      const mine: Local[] = []
      taken = mine
      const result = inside()
      taken = outer
      // last in, first out: the next scope takes the same locals in the same order
      for (const local of mine.reverse()) {
        const type = types[local] as ValueType
        const list = free.get(type)
        if (list === undefined) free.set(type, [local])
        else list.push(local)
      }
      return result
    },
  }
}

const declarations = (types: readonly ValueType[], out: Bytes): void => {
  const groups: { type: ValueType; count: number }[] = []
  for (const type of types) {
    const last = groups.at(-1)
    if (last?.type === type) last.count++
    else groups.push({ type, count: 1 })
  }
  out.unsigned(groups.length)
  for (const { type, count } of groups) {
    out.unsigned(count)
    out.byte(VALUE_TYPES[type])
  }
}

/**
 * Writes a function's body: `write` is given the writer and the parameters' locals.
 *
 * @throws ValueError when it is longer, or has more locals, than {@link LIMITS}
 */
export const body = (
  params: readonly ValueType[],
  write: (code: Code, ...parameters: readonly Local[]) => void,
): Body => {
  const out = bytes()
  const locals = scopedLocals(params)
  let depth = 0

  const index = (code: number, at: number): void => {
    out.byte(code)
    out.unsigned(at)
  }
  const place = (natural: number, { offset = 0, align = natural }: Place = {}): void => {
    if (!(offset >= 0 && offset < 2 ** 32)) refuse(`the offset ${offset} is not in [0, 2³²)`)
    out.unsigned(log2(Math.min(align, natural)))
    out.unsigned(offset)
  }
  const open = (code: number, result: ValueType | undefined): Label => {
    out.byte(code)
    out.byte(result === undefined ? VOID : VALUE_TYPES[result])
    depth++
    return { depth }
  }
  const close = (): void => {
    out.byte(SPECIAL.end)
    depth--
  }
  const branch = (code: number, label: Label): void => {
    if (label.depth > depth) refuse('a branch to a block that has ended')
    index(code, depth - label.depth)
  }
  const sixteen = (code: number, values: ArrayLike<number>): void => {
    if (values.length !== 16) refuse(`${values.length} bytes for a vector of 16`)
    out.opcode(code)
    out.append(values)
  }

  const code: Code = {
    local: locals.take,
    scope: locals.scope,
    get: (local) => index(INDEX['local.get'], local),
    set: (local) => index(INDEX['local.set'], local),
    tee: (local) => index(INDEX['local.tee'], local),
    globalGet: (at) => index(INDEX['global.get'], at),
    globalSet: (at) => index(INDEX['global.set'], at),
    i32: (value) => {
      out.byte(SPECIAL['i32.const'])
      out.signed(value)
    },
    i64: (value) => {
      out.byte(SPECIAL['i64.const'])
      out.signed64(value)
    },
    f32: (value) => {
      out.byte(SPECIAL['f32.const'])
      out.f32(value)
    },
    f64: (value) => {
      out.byte(SPECIAL['f64.const'])
      out.f64(value)
    },
    v128: (value) => sixteen(SPECIAL['v128.const'], value),
    op: (name) => out.opcode(PLAIN[name]),
    memory: (name, at) => {
      const [opcode, natural] = MEMORY[name]
      out.opcode(opcode)
      place(natural, at)
    },
    atomic: (name, offset) => {
      const [opcode, align] = ATOMIC[name]
      out.opcode(opcode)
      place(align, { offset })
    },
    memoryLane: (name, lane, at) => {
      const [opcode, natural] = MEMORY_LANE[name]
      out.opcode(opcode)
      place(natural, at)
      out.byte(lane)
    },
    whole: (name) => {
      const [opcode, zeros] = WHOLE[name]
      out.opcode(opcode)
      for (let i = 0; i < zeros; i++) out.byte(0)
    },
    lane: (name, lane) => {
      out.opcode(LANE[name])
      out.byte(lane)
    },
    shuffle: (picks) => sixteen(SPECIAL['i8x16.shuffle'], picks),
    call: (at) => index(INDEX.call, at),
    block: (inside, result) => {
      inside(open(SPECIAL.block, result))
      close()
    },
    loop: (inside, result) => {
      inside(open(SPECIAL.loop, result))
      close()
    },
    if: (then, otherwise, result) => {
      open(SPECIAL.if, result)
      then()
      if (otherwise !== undefined) {
        out.byte(SPECIAL.else)
        otherwise()
      }
      close()
    },
    br: (label) => branch(INDEX.br, label),
    brIf: (label) => branch(INDEX.br_if, label),
    size: out.length,
  }

  write(code, ...params.map((_, i) => i))
  out.byte(SPECIAL.end)

  const whole = bytes()
  declarations(locals.types.slice(params.length), whole)
  whole.append(out.done())
  if (locals.types.length > LIMITS.locals)
    refuse(`a function with ${locals.types.length} locals`, `engines take at most ${LIMITS.locals}: cut it in several`)
  if (whole.length() > LIMITS.bytes)
    refuse(`a function of ${whole.length()} bytes`, `engines take at most ${LIMITS.bytes}: cut it in several`)
  return { bytes: whole.done(), locals: locals.types.length - params.length }
}
