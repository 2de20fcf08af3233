/** lanac, in each of the ways it runs here, and what the machine does at the most. */
import { availableParallelism } from 'node:os'
import { findCompiler } from '../src/native/compiler.js'
import { type Asked, environmentOf } from './asked.js'
import { inNode } from './child.js'
import type { Contestant, Target } from './contestant.js'
import { peerNode, peerVersion } from './javascript.js'

/** lanac in a Node; `how` is added to its name. */
const ours = (node: string, asked: Asked, how: readonly string[] = []): Target => {
  const program = (part: string) => inNode(node, part, [], environmentOf(asked))
  const compiled = { training: program('training'), products: program('products'), elements: program('elements') }
  const isPlain = asked.target === 'wasm' && asked.threads === 1
  return {
    name: ['lanac', ...how, ...(asked.threads === 1 ? [] : [`${asked.threads} threads`])].join(', '),
    threads: asked.threads,
    program,
    parts: isPlain ? { small: program('ours'), digits: program('digits'), ...compiled } : compiled,
  }
}

const compiler = findCompiler()
const others = availableParallelism() > 1 ? [2] : []

/** First as it is called, then in whatever other ways there are. */
export const targets: readonly [Target, ...Target[]] = [
  ours(process.execPath, { target: 'wasm', threads: 1 }),
  ...others.map((threads) => ours(process.execPath, { target: 'wasm', threads })),
  ...(peerVersion === null ? [] : [1, ...others]).map((threads) =>
    ours(peerNode, { target: 'wasm', threads }, [`Node ${/\d+/.exec(peerVersion as string)?.[0]}`]),
  ),
  ...('problem' in compiler ? [] : [1, ...others]).map((threads) =>
    ours(process.execPath, { target: 'native', threads }, ['native']),
  ),
]

/** What is not there, in words. */
export const missing: readonly string[] = 'problem' in compiler ? [`native code: ${compiler.problem}`] : []

/** No libraries, but compared with like one. */
export const limits: readonly Contestant[] = [
  {
    name: 'peak of 128-bit multiplications and additions',
    threads: 1,
    parts: { products: inNode(process.execPath, 'machine', ['peaks']) },
  },
  { name: 'copy', threads: 1, parts: { elements: inNode(process.execPath, 'machine', ['copies']) } },
]

/** The programs of all these. */
export const programs = ['ours', 'training', 'digits', 'products', 'elements', 'machine', 'engine', 'threads', 'chains']
