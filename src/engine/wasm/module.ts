/**
 * A WebAssembly module, put together: imports, functions, globals, exports.
 *
 * Functions are declared before they are written, so they can call each other in any order; imports come first.
 */
import { ValueError } from '../../core/error.js'
import { type Bytes, bytes } from './bytes.js'
import { type Body, body, type Code, type Local } from './code.js'
import { SPECIAL, VALUE_TYPES, type ValueType } from './opcode.js'
import { bodyText } from './text.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a function takes and gives. */
export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** An imported memory, in pages of 64 KiB. A declared maximum lets engines reserve it and guard it by pages. */
export interface MemoryType {
  readonly initial: number
  readonly maximum: number
  readonly shared?: boolean
}

/** What puts a module together. */
export interface ModuleWriter {
  readonly importMemory: (module: string, name: string, type: MemoryType) => void
  /** An imported i32 that does not change; its index. */
  readonly importGlobal: (module: string, name: string) => number
  /** An imported function's index. */
  readonly importFunction: (module: string, name: string, type: FunctionType) => number
  /** A function of this module, to be written by `define`; its index. */
  readonly declare: (name: string, type: FunctionType) => number
  readonly define: (index: number, write: (code: Code, ...parameters: readonly Local[]) => void) => void
  /** Defines by a body written before: one without calls may stand in any module. */
  readonly place: (index: number, body: Body) => void
  /** Declares and defines. */
  readonly function: (
    name: string,
    type: FunctionType,
    write: (code: Code, ...parameters: readonly Local[]) => void,
  ) => number
  /** A mutable i32 that starts at `initial`; its index. */
  readonly global: (initial: number) => number
  /** Makes a function callable from outside, under its own name or another. */
  readonly export: (index: number, name?: string) => void
  /** The module in the binary format. */
  readonly bytes: () => Uint8Array<ArrayBuffer>
  /** Its functions as text: all of them, or one. */
  readonly text: (index?: number) => string
}

interface Function {
  readonly name: string
  readonly type: FunctionType
  body: Body | null
}

// ---------------------------------------------------------------------------------------------------------- combinators

const utf8 = new TextEncoder()

const name = (out: Bytes, text: string): void => {
  const encoded = utf8.encode(text)
  out.unsigned(encoded.length)
  out.append(encoded)
}

const section = (out: Bytes, id: number, count: number, write: (inside: Bytes) => void): void => {
  if (count === 0) return
  const inside = bytes()
  inside.unsigned(count)
  write(inside)
  out.byte(id)
  out.unsigned(inside.length())
  out.append(inside.done())
}

const types = (out: Bytes, list: readonly ValueType[]): void => {
  out.unsigned(list.length)
  for (const type of list) out.byte(VALUE_TYPES[type])
}

const signature = ({ params, results }: FunctionType): string =>
  `${params.length === 0 ? '' : ` (param ${params.join(' ')})`}${results.length === 0 ? '' : ` (result ${results.join(' ')})`}`

const refuse = (problem: string, hint?: string): never => {
  throw new ValueError({ operation: 'wasm', problem, hint })
}

// -------------------------------------------------------------------------------------------------------------- running

/** An empty module to write. */
export const moduleWriter = (): ModuleWriter => {
  const signatures = new Map<string, { readonly index: number; readonly type: FunctionType }>()
  const imports: { readonly write: (out: Bytes) => void }[] = []
  const imported: { readonly name: string; readonly type: FunctionType }[] = []
  let importedGlobals = 0
  const functions: Function[] = []
  const globals: number[] = []
  const exports: { readonly name: string; readonly index: number }[] = []

  const typeIndex = (type: FunctionType): number => {
    const key = signature(type)
    const known = signatures.get(key)
    if (known !== undefined) return known.index
    signatures.set(key, { index: signatures.size, type })
    return signatures.size - 1
  }
  const own = (index: number): Function =>
    functions[index - imported.length] ?? refuse(`no function ${index} in this module`)
  const nameOf = (index: number): string => `$${index < imported.length ? imported[index]?.name : own(index).name}`

  const writer: ModuleWriter = {
    importMemory: (module, field, { initial, maximum, shared = false }) => {
      imports.push({
        write: (out) => {
          name(out, module)
          name(out, field)
          out.byte(2)
          out.byte(shared ? 3 : 1)
          out.unsigned(initial)
          out.unsigned(maximum)
        },
      })
    },
    importGlobal: (module, field) => {
      if (globals.length > 0) refuse(`import of ${field} after a global`, 'import first')
      imports.push({
        write: (out) => {
          name(out, module)
          name(out, field)
          out.byte(3)
          out.byte(VALUE_TYPES.i32)
          out.byte(0)
        },
      })
      return importedGlobals++
    },
    importFunction: (module, field, type) => {
      if (functions.length > 0) refuse(`import of ${field} after a function`, 'import first')
      const at = typeIndex(type)
      imports.push({
        write: (out) => {
          name(out, module)
          name(out, field)
          out.byte(0)
          out.unsigned(at)
        },
      })
      return imported.push({ name: field, type }) - 1
    },
    declare: (called, type) => {
      typeIndex(type)
      return imported.length + functions.push({ name: called, type, body: null }) - 1
    },
    define: (index, write) => {
      const f = own(index)
      if (f.body !== null) refuse(`${f.name} is defined twice`)
      f.body = body(f.type.params, write)
    },
    place: (index, written) => {
      const f = own(index)
      if (f.body !== null) refuse(`${f.name} is defined twice`)
      f.body = written
    },
    function: (called, type, write) => {
      const index = writer.declare(called, type)
      writer.define(index, write)
      return index
    },
    global: (initial) => importedGlobals + globals.push(initial) - 1,
    export: (index, called = own(index).name) => {
      exports.push({ name: called, index })
    },
    bytes: () => {
      const out = bytes()
      out.append([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
      section(out, 1, signatures.size, (s) => {
        for (const { type } of signatures.values()) {
          s.byte(0x60)
          types(s, type.params)
          types(s, type.results)
        }
      })
      section(out, 2, imports.length, (s) => {
        for (const i of imports) i.write(s)
      })
      section(out, 3, functions.length, (s) => {
        for (const f of functions) s.unsigned(typeIndex(f.type))
      })
      section(out, 6, globals.length, (s) => {
        for (const initial of globals) {
          s.byte(VALUE_TYPES.i32)
          s.byte(1)
          s.byte(SPECIAL['i32.const'])
          s.signed(initial)
          s.byte(SPECIAL.end)
        }
      })
      section(out, 7, exports.length, (s) => {
        for (const e of exports) {
          name(s, e.name)
          s.byte(0)
          s.unsigned(e.index)
        }
      })
      section(out, 10, functions.length, (s) => {
        for (const f of functions) {
          const { bytes: code } = f.body ?? refuse(`${f.name} is declared, but not defined`)
          s.unsigned(code.length)
          s.append(code)
        }
      })
      return out.done()
    },
    text: (index) => {
      const shown = index === undefined ? functions : [own(index)]
      return shown
        .map((f) => {
          const lines = f.body === null ? ['  …'] : bodyText(f.body.bytes, nameOf)
          return `(func $${f.name}${signature(f.type)}\n${lines.join('\n')}\n)`
        })
        .join('\n')
    },
  }
  return writer
}
