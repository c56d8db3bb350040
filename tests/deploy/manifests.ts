import { readYaml } from './readYaml.ts';

interface Probe {
  httpGet: { path: string; port: string };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

type Port = { port: number; protocol?: string; targetPort?: string };

/** As much of Kubernetes' objects as the tests look at: https://kubernetes.io/docs/reference/kubernetes-api/ */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  stringData: Record<string, string>;
  spec: {
    replicas: number;
    maxUnavailable: number;
    policyTypes: string[];
    podSelector: { matchLabels: Record<string, string> };
    selector: { matchLabels: Record<string, string> };
    publishNotReadyAddresses: boolean;
    ports: Port[];
    ingress: { from: unknown[]; ports: Port[] }[];
    egress: { to: unknown[]; ports: Port[] }[];
    persistentVolumeClaimRetentionPolicy: Record<string, string>;
    volumeClaimTemplates: { metadata: { name: string }; spec: { accessModes: string[] } }[];
    template: {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      spec: {
        terminationGracePeriodSeconds: number;
        automountServiceAccountToken: boolean;
        enableServiceLinks: boolean;
        securityContext: Record<string, unknown>;
        volumes: { name: string; secret: { secretName: string } }[];
        containers: {
          name: string;
          image: string;
          env: { name: string; value: string }[];
          envFrom: { configMapRef: { name: string } }[];
          ports: { name: string; containerPort: number }[];
          startupProbe: Probe;
          livenessProbe: Probe;
          readinessProbe: Probe;
          resources: { limits: Record<string, string> };
          securityContext: Record<string, unknown>;
          volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
        }[];
      };
    };
  };
}

/** What Kustomize makes manifests of: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
export interface Kustomization extends Manifest {
  namespace: string;
  resources: string[];
  images: { name: string; newTag: string }[];
  replicas: { name: string; count: number }[];
  configMapGenerator: { name: string; behavior?: string; literals: string[] }[];
}

const folder = 'deploy/kubernetes';

/** The one document of a file in `deploy/kubernetes`. */
export function readManifest<Kind extends Manifest>(path: string): Kind {
  const [manifest, ...others] = readYaml<Kind>(`${folder}/${path}`);
  if (!manifest || others.length > 0) throw new Error(`${path} should have one document.`);
  return manifest;
}
