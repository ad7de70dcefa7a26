/** Where a run is shown in Temporal's Web UI; null where no UI is known. Without a run id: the newest of that name. */
export const createTraceLinks =
  (webUi: string | null, namespace: string) =>
  ({ workflowId, runId }: { workflowId: string; runId: string | null }): string | null => {
    if (webUi === null) return null
    const run = `${encodeURIComponent(workflowId)}${runId === null ? '' : `/${encodeURIComponent(runId)}/history`}`
    return `${webUi.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${run}`
  }
