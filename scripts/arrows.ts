/**
 * The rooms' arrows: who may import whom, held to by reading every import (types included) of src, laws and examples.
 *
 * - A room of src imports itself and rooms of lower floors, never its own floor, but where `neighbours` says so.
 * - `src/index.ts` stands above all rooms; `laws` may import src; src imports neither laws nor test nor examples.
 * - Examples import the package by its name, as users do.
 * - No room and no module reaches itself again through what it imports, except by types inside one room (a record and the
 *   words it is written with may name each other).
 */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSync } from 'vite'
import { filesBelow, root } from './files.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Floors of the house, from the ground up. */
const floors: readonly (readonly string[])[] = [
  ['core'],
  ['tensor'],
  ['tree'],
  ['primitive'],
  ['tape'],
  ['engine'],
  ['dual', 'adjoint', 'batch'],
  ['ops'],
  ['transform'],
  ['random'],
  ['lens'],
  ['nn', 'loss', 'distribution', 'optim', 'data', 'train', 'io', 'plot', 'native'],
  ['index'],
]

/** Who may import from a room of the same floor. */
const neighbours = (from: string, to: string): boolean =>
  (from === 'adjoint' && to === 'dual') ||
  (floors.at(-2)?.includes(from) === true && floors.at(-2)?.includes(to) === true)

interface Import {
  readonly from: string
  readonly to: string
  readonly line: number
  /** Erased when compiled. */
  readonly typeOnly: boolean
}

// -------------------------------------------------------------------------------------------------------------- reading

const packageEntry = (specifier: string): string | undefined =>
  specifier === 'lanac'
    ? 'src/index.ts'
    : specifier === 'lanac/laws'
      ? 'laws/index.ts'
      : specifier.startsWith('lanac/')
        ? `src/${specifier.slice(6)}/index.ts`
        : undefined

/** The file a specifier names, when it is one of ours. */
const resolve = (from: string, specifier: string): string | undefined =>
  specifier.startsWith('.')
    ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
    : packageEntry(specifier)

/** Specifiers of `import('…').T`, which the parser does not list among the imports. */
const typeImports = (node: unknown): readonly { readonly value: string; readonly start: number }[] => {
  if (Array.isArray(node)) return node.flatMap(typeImports)
  if (typeof node !== 'object' || node === null) return []
  const { type, source } = node as { type?: unknown; source?: { value: string; start: number } }
  const here = type === 'TSImportType' && source !== undefined ? [source] : []
  return [...here, ...Object.values(node).flatMap(typeImports)]
}

const importsOf = (file: string): readonly Import[] => {
  const text = readFileSync(join(root, file), 'utf8')
  const { module, program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found = [
    ...module.staticImports.map((i) => ({
      ...i.moduleRequest,
      typeOnly: i.entries.length > 0 && i.entries.every((e) => e.isType),
    })),
    ...module.staticExports.flatMap((x) =>
      x.entries.flatMap((e) => (e.moduleRequest ? [{ ...e.moduleRequest, typeOnly: e.isType }] : [])),
    ),
    ...module.dynamicImports.map((i) => ({
      value: text.slice(i.moduleRequest.start + 1, i.moduleRequest.end - 1),
      start: i.start,
      typeOnly: false,
    })),
    ...typeImports(program).map((s) => ({ ...s, typeOnly: true })),
  ]
  return found.flatMap(({ value, start, typeOnly }) => {
    const to = resolve(file, value)
    return to === undefined ? [] : [{ from: file, to, line: text.slice(0, start).split('\n').length, typeOnly }]
  })
}

// -------------------------------------------------------------------------------------------------------------- judging

const roomOf = (file: string): string =>
  file === 'src/index.ts' ? 'index' : file.startsWith('src/') ? (file.split('/')[1] ?? '') : (file.split('/')[0] ?? '')
const floorOf = (room: string): number => floors.findIndex((f) => f.includes(room))

/** Why an import is not allowed, or `undefined`. */
const complaint = ({ from, to }: Import): string | undefined => {
  const [here, there] = [from.split('/')[0], to.split('/')[0]]
  if (here === 'examples')
    return there === 'examples' || packageEntries.has(to) ? undefined : 'examples import the package by its name'
  if (here === 'laws') return there === 'laws' || there === 'src' ? undefined : 'laws import src and themselves only'
  if (there !== 'src') return 'src imports src only'
  const [a, b] = [roomOf(from), roomOf(to)]
  if (floorOf(a) < 0) return `the room ${a} has no floor: name it in scripts/arrows.ts`
  if (floorOf(b) < 0) return `the room ${b} has no floor: name it in scripts/arrows.ts`
  if (a === b || floorOf(b) < floorOf(a) || neighbours(a, b)) return undefined
  return floorOf(b) === floorOf(a) ? `${a} and ${b} are independent neighbours` : `${b} is above ${a}`
}

/** Circles among modules or rooms: one path round each that a walk from every start meets. */
const circles = (edges: readonly Import[]): readonly (readonly string[])[] => {
  const next = new Map<string, readonly string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const found: (readonly string[])[] = []
  for (const start of next.keys()) {
    const path: string[] = []
    const visit = (file: string): void => {
      if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file])
      if (done.has(file) || path.includes(file)) return
      path.push(file)
      for (const to of next.get(file) ?? []) visit(to)
      path.pop()
      done.add(file)
    }
    visit(start)
  }
  return found
}

// -------------------------------------------------------------------------------------------------------------- running

const packageEntries: ReadonlySet<string> = new Set([
  'src/index.ts',
  'laws/index.ts',
  ...floors.flat().map((room) => `src/${room}/index.ts`),
])

const files = ['src', 'laws', 'examples'].flatMap((folder) => filesBelow(folder, '.ts'))
const imports = files.flatMap(importsOf)
const wrong = imports.flatMap((i) => {
  const why = complaint(i)
  return why === undefined ? [] : [`${i.from}:${i.line} imports ${i.to}: ${why}`]
})
const between = imports.filter((i) => !(i.typeOnly && roomOf(i.from) === roomOf(i.to)))
const rooms = imports
  .map((i) => ({ ...i, from: roomOf(i.from), to: roomOf(i.to) }))
  .filter((i) => i.from !== i.to && floorOf(i.from) >= 0)
const round = [...circles(between), ...circles(rooms)].map((c) => `circle: ${c.join(' → ')}`)

for (const line of [...wrong, ...round]) console.error(line)
if (wrong.length + round.length > 0) process.exitCode = 1
else console.log(`arrows: ${files.length} modules, ${imports.length} imports, all downwards, no circles`)
