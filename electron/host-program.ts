import { join } from 'node:path';
import { hostEnvironment, type HostProgram } from './host-run.ts';

export interface Installation {
  readonly isPackaged: boolean;
  /** Of an installed program: where its extra resources lie. */
  readonly resources: string;
  /** From source: the project's folder. */
  readonly project: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** From source: the command line. An installed program takes no program to run from there. */
  readonly arguments: readonly string[];
}

const NODE_FLAG = '--node-program=';

/** Node and the host's program: those shipped with an installed Tessera, or the Node that started it and what was built from source. */
export function findHostProgram({ isPackaged, resources, project, platform, env, arguments: argv }: Installation): HostProgram {
  const nodeName = platform === 'win32' ? 'node.exe' : 'node';
  const given = argv.find((argument) => argument.startsWith(NODE_FLAG))?.slice(NODE_FLAG.length);
  const folder = isPackaged ? join(resources, 'host') : project;
  return {
    node: isPackaged ? join(resources, 'node', nodeName) : (given ?? nodeName),
    script: join(folder, 'dist', 'core', 'cli', 'main.js'),
    env: hostEnvironment(env),
  };
}
