/** lanac, in each of the ways it runs here, and what the machine does at the most. */
import { availableParallelism } from 'node:os'
import { findCompiler } from '../src/native/compiler.js'
import { type Asked, environmentOf } from './asked.js'
import { inNode } from './child.js'
import type { Contestant, Target } from './contestant.js'
import { peerNode, peerVersion } from './javascript.js'

/** lanac in a Node. */
const ours = (name: string, node: string, asked: Asked): Target => {
  const program = (part: string) => inNode(node, part, [], environmentOf(asked))
  const compiled = { training: program('training'), products: program('products'), elements: program('elements') }
  return {
    name,
    threads: asked.threads,
    program,
    parts:
      asked.target === 'wasm' && asked.threads === 1
        ? { small: program('ours'), digits: program('digits'), ...compiled }
        : compiled,
  }
}

const compiler = findCompiler()
const hasThreads = availableParallelism() > 1

/** First as it is called, then in whatever other ways there are. */
export const targets: readonly [Target, ...Target[]] = [
  ours('lanac', process.execPath, { target: 'wasm', threads: 1 }),
  ...(peerVersion === null
    ? []
    : [ours(`lanac, Node ${/\d+/.exec(peerVersion)?.[0]}`, peerNode, { target: 'wasm', threads: 1 })]),
  ...('problem' in compiler
    ? []
    : [1, ...(hasThreads ? [2] : [])].map((threads) =>
        ours(`lanac native, ${threads} thread${threads === 1 ? '' : 's'}`, process.execPath, {
          target: 'native',
          threads,
        }),
      )),
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
