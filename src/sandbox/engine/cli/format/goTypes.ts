// The Go types behind what docker prints, as far as its template errors name them: what a struct has although JSON
// leaves it out, and how it is called when a field is asked for that it has not.

export interface GoType {
  name: string;
  /** Fields that JSON leaves out while they are empty, and what a template sees then. */
  absent?: Record<string, unknown>;
  fields?: Record<string, GoType>;
}

const CONTAINER: GoType = {
  name: '*swarm.ContainerSpec',
  absent: { Command: [], Args: [], Env: [], Hostname: '', Dir: '', User: '' },
};
const TASK: GoType = {
  name: 'swarm.TaskSpec',
  absent: { RestartPolicy: null, Networks: [] },
  fields: { ContainerSpec: CONTAINER },
};

const serviceSpec = (name: string): GoType => ({
  name,
  absent: { UpdateConfig: null, RollbackConfig: null, EndpointSpec: null },
  fields: {
    TaskTemplate: TASK,
    Mode: { name: 'swarm.ServiceMode', absent: { Replicated: null, Global: null } },
    EndpointSpec: { name: '*swarm.EndpointSpec', absent: { Ports: [] } },
    UpdateConfig: { name: '*swarm.UpdateConfig', absent: { Delay: '0s' } },
  },
});

export const SERVICE: GoType = {
  name: 'swarm.Service',
  absent: { PreviousSpec: null, UpdateStatus: null, ServiceStatus: null, JobStatus: null },
  fields: {
    Spec: serviceSpec('swarm.ServiceSpec'),
    PreviousSpec: serviceSpec('*swarm.ServiceSpec'),
    Endpoint: { name: 'swarm.Endpoint', absent: { Ports: [], VirtualIPs: [] } },
    UpdateStatus: { name: '*swarm.UpdateStatus', absent: { CompletedAt: null } },
  },
};

export const NODE: GoType = {
  name: 'swarm.Node',
  absent: { ManagerStatus: null },
  fields: {
    Spec: { name: 'swarm.NodeSpec', absent: { Name: '' } },
    Description: {
      name: 'swarm.NodeDescription',
      fields: {
        Platform: { name: 'swarm.Platform' },
        Resources: { name: 'swarm.Resources' },
        Engine: { name: 'swarm.EngineDescription', absent: { Labels: {} } },
        TLSInfo: { name: 'swarm.TLSInfo' },
      },
    },
    Status: { name: 'swarm.NodeStatus', absent: { Message: '' } },
    ManagerStatus: { name: '*swarm.ManagerStatus', absent: { Leader: false } },
  },
};

export const INFO: GoType = {
  name: 'system.dockerInfo',
  fields: {
    ClientInfo: { name: '*system.clientInfo' },
    Swarm: { name: 'swarm.Info', absent: { Cluster: null, Nodes: 0, Managers: 0 } },
  },
};

export const VERSION: GoType = {
  name: 'system.versionInfo',
  fields: { Client: { name: 'system.clientVersion' }, Server: { name: '*types.Version' } },
};

const ACTOR = { ID: '', Attributes: {} };
export const EVENT: GoType = {
  name: '*events.Message',
  absent: { Status: '', ID: '', From: '', Type: '', Action: '', Actor: ACTOR, Scope: '', Time: 0, TimeNano: 0 },
  fields: { Actor: { name: 'events.Actor', fields: { Attributes: { name: 'map[string]string', absent: {} } } } },
};

/** The row of a list. */
export const row = (name: string): GoType => ({ name });
