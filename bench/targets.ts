/** lanac, in each of the ways it runs here, and what the machine does at the most. */
import { inNode } from './child.js'
import type { Contestant, Target } from './contestant.js'
import { peerNode, peerVersion } from './javascript.js'

/** lanac in a Node, on so many threads; `env` says to its programs how else to run. */
const ours = (name: string, node: string, threads = 1, env: Readonly<Record<string, string>> = {}): Target => {
  const program = (part: string) => inNode(node, part, [], env)
  return {
    name,
    threads,
    program,
    parts: {
      small: program('ours'),
      training: program('training'),
      digits: program('digits'),
      products: program('products'),
      elements: program('elements'),
    },
  }
}

/** First as it is called, then in whatever other ways there are. */
export const targets: readonly [Target, ...Target[]] = [
  ours('lanac', process.execPath),
  ...(peerVersion === null ? [] : [ours(`lanac, Node ${/\d+/.exec(peerVersion)?.[0]}`, peerNode)]),
]

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
export const programs = ['ours', 'training', 'digits', 'products', 'elements', 'machine', 'engine', 'chains']
