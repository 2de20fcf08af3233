/** lanac, in each of the ways it runs here, and what the machine does at the most. */
import { availableParallelism } from 'node:os'
import { usualThreads } from '../src/engine/threads/hardware.js'
import { findCompiler } from '../src/native/compiler.js'
import { type Asked, environmentOf } from './asked.js'
import { inNode } from './child.js'
import { type ComparisonName, type Contestant, onThreads, type Target } from './contestant.js'
import { peerNode, peerVersion } from './javascript.js'

/** What a program runs on that asks for nothing. */
const usual = usualThreads()
const threadCounts = [...new Set([usual, 1, ...(availableParallelism() > 1 ? [2] : [])])]

/** lanac in a Node; `how` is added to its name. What asks for nothing runs where that is what it gets. */
const ours = (node: string, asked: Asked, ...how: readonly string[]): Target => {
  const program = (part: string) => inNode(node, part, [], environmentOf(asked))
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
      products: program('products'),
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

/** No libraries, but compared with like one: their names, and what they are. */
export const PEAK = 'peak of 128-bit multiplications and additions'
export const NATIVE_PEAK = 'peak of native multiplications and additions'
export const COPY = 'copy'
export const ARITHMETIC = '128-bit arithmetic alone'

const limit = (name: string, part: ComparisonName, ...args: readonly string[]): Contestant => ({
  name,
  threads: 1,
  parts: { [part]: inNode(process.execPath, 'machine', args) },
})

export const limits: readonly Contestant[] = [
  limit(PEAK, 'products', 'peaks'),
  ...('problem' in compiler ? [] : [limit(NATIVE_PEAK, 'products', 'native peaks', compiler.toolchain.command)]),
  limit(COPY, 'elements', 'copies'),
  limit(ARITHMETIC, 'elements', 'arithmetic'),
]

/** The programs of all these. */
export const programs = [
  'ours',
  'training',
  'digits',
  'products',
  'elements',
  'machine',
  'engine',
  'threads',
  'background',
  'chains',
]
