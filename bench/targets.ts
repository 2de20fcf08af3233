/** lanac, in each of the ways it runs here, and a copy of what it reads. */
import { availableParallelism } from 'node:os'
import { usualThreads } from '../src/engine/threads/hardware.js'
import { findCompiler } from '../src/native/compiler.js'
import { type Asked, environmentOf } from './asked.js'
import { inNode } from './child.js'
import { type Contestant, onThreads, type Target } from './contestant.js'
import { peerNode, peerVersion } from './javascript.js'
import { COPY } from './tasks.js'

/** What a program runs on that asks for nothing. */
const usual = usualThreads()
const threadCounts = [...new Set([usual, 1, ...(availableParallelism() > 1 ? [2] : [])])]

/** lanac in a Node; `how` is added to its name. What asks for nothing runs where that is what it gets. */
const ours = (node: string, asked: Asked, ...how: readonly string[]): Target => {
  const program = (part: string, ...args: readonly string[]) => inNode(node, part, args, environmentOf(asked))
  const isUsual = asked.target === 'wasm' && asked.threads === usual
  return {
    name: ['lanac', ...how, onThreads(asked.threads)].join(', '),
    threads: asked.threads,
    isNative: asked.target === 'native',
    program,
    parts: {
      ...(isUsual ? { small: program('ours') } : {}),
      digits: program('digits'),
      training: program('training'),
      products: program('products', ...('problem' in compiler ? [] : [compiler.toolchain.command])),
      elements: program('elements'),
    },
  }
}

const [first, ...rest] = threadCounts as [number, ...number[]]
const compiler = findCompiler()

/** First as it is called, then in whatever other ways there are. */
export const targets: readonly [Target, ...Target[]] = [
  ours(process.execPath, { target: 'wasm', threads: first }),
  ...rest.map((threads) => ours(process.execPath, { target: 'wasm', threads })),
  ...(peerVersion === null
    ? []
    : threadCounts.map((threads) =>
        ours(peerNode, { target: 'wasm', threads }, `Node ${/\d+/.exec(peerVersion as string)?.[0]}`),
      )),
  ...('problem' in compiler
    ? []
    : threadCounts.map((threads) => ours(process.execPath, { target: 'native', threads }, 'native'))),
]

/** What is not there, in words. */
export const missing: readonly string[] = 'problem' in compiler ? [`native code: ${compiler.problem}`] : []

/** No library, but compared with like one. */
export const copy: Contestant = { name: COPY, threads: 1, parts: { elements: inNode(process.execPath, 'copy') } }

/** The programs of all these. */
export const programs = [
  'ours',
  'training',
  'digits',
  'products',
  'elements',
  'copy',
  'engine',
  'threads',
  'background',
  'chains',
]
