/**
 * Code in the documentation, taken out so that it can be run and type-checked.
 *
 * A block is a fence of README.md or docs/**\/*.md (decision notes excluded) whose info string is exactly `ts` and which
 * imports from 'lanac', or such a fence below an `@example` in src/**\/*.ts or laws/**\/*.ts (there, every `ts` fence).
 * A fence with the info string `ts continued` goes on from the block before it in the same file. Any other info string
 * (`typescript`, `text`) shows code that is not run.
 *
 * Each block becomes a module `out/docs/<file>.<line>.ts` in which `assert` (node:assert/strict) is in scope and every
 * line keeps its number, so that an error names the line of the document.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, root } from './files.js'

// ---------------------------------------------------------------------------------------------------------------- model

export interface Block {
  /** Where it stands, relative to the root. */
  readonly file: string
  /** Line of its first line of code, from 1. */
  readonly line: number
  /** Its lines of code, each with its number. */
  readonly code: readonly (readonly [line: number, text: string])[]
}

// --------------------------------------------------------------------------------------------------------- constructors

const fence = /^\s*```\s*(.*?)\s*$/

/** The blocks of one document; `comments` says that it is a module, whose fences stand in its docstrings. */
export const blocksOf = (file: string, text: string, comments: boolean): readonly Block[] => {
  const blocks: Block[] = []
  let open: { readonly info: string; readonly line: number; readonly code: (readonly [number, string])[] } | undefined
  let example = false
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const inside = /^\s*\*(?!\/) ?(.*)$/.exec(raw)?.[1]
    if (comments && inside === undefined) [open, example] = [undefined, false]
    if (comments && inside === undefined) continue
    const line = comments ? (inside as string) : raw
    if (comments && open === undefined && /^@\w/.test(line)) example = line.startsWith('@example')
    const info = fence.exec(line)?.[1]
    if (open === undefined) {
      if (info !== undefined) open = { info, line: i + 2, code: [] }
    } else if (info === '') {
      const before = open.info === 'ts continued' ? blocks.pop() : undefined
      const code = [...(before?.code ?? []), ...open.code]
      const imports = code.some(([, t]) => /from ['"]lanac(\/[^'"]*)?['"]/.test(t))
      if (before !== undefined || (open.info === 'ts' && (comments ? example : imports)))
        blocks.push({ file, line: before?.line ?? open.line, code })
      open = undefined
    } else open.code.push([i + 1, comments ? line.replaceAll('*\\/', '*/') : line])
  }
  return blocks
}

/** Every block of the repository. */
export const allBlocks = (): readonly Block[] => {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  const documents = [
    ...(existsSync(join(root, 'README.md')) ? ['README.md'] : []),
    ...filesBelow('docs', '.md').filter((file) => !file.startsWith('docs/decisions/')),
  ]
  const modules = ['src', 'laws'].flatMap((folder) => filesBelow(folder, '.ts'))
  return [
    ...documents.flatMap((file) => blocksOf(file, read(file), false)),
    ...modules.flatMap((file) => blocksOf(file, read(file), true)),
  ]
}

// -------------------------------------------------------------------------------------------------------------- running

/** The module a block becomes. */
export const moduleOf = ({ code }: Block): string => {
  const own = code.some(([, t]) => /^import\b.*\bassert\b.*\bfrom\b/.test(t))
  const last = code.at(-1)?.[0] ?? 1
  const texts = new Map(code)
  const lines = Array.from({ length: last }, (_, i) => texts.get(i + 1) ?? '')
  return [own ? 'export {}' : "import assert from 'node:assert/strict'; export {}", ...lines.slice(1), ''].join('\n')
}

/** Writes the module of every block; untouched where it is already there, so that runs side by side don't disturb each other. */
export const writeModules = (): readonly (Block & { readonly path: string })[] => {
  const folder = join(root, 'out/docs')
  mkdirSync(folder, { recursive: true })
  const written = allBlocks().map((block) => {
    const path = join(folder, `${block.file.replaceAll('/', '--')}.${block.line}.ts`)
    const text = moduleOf(block)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
    return { ...block, path }
  })
  const wanted = new Set(written.map((b) => b.path))
  for (const old of filesBelow('out/docs', '.ts').map((file) => join(root, file))) if (!wanted.has(old)) rmSync(old)
  return written
}
