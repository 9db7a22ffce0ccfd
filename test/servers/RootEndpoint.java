import java.util.List;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/** Says who answers: that of a distribution is in a module that Maven Central does not have. */
final class RootEndpoint extends BaseRestHandler {
    private final ClusterService cluster;

    RootEndpoint(ClusterService cluster) {
        this.cluster = cluster;
    }

    @Override
    public String getName() {
        return "root_endpoint";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String answer = """
            {"name":"%s","cluster_name":"%s","cluster_uuid":"%s","version":{"number":"%s","build_flavor":"default",\
            "build_type":"unknown","build_hash":"%s","build_snapshot":false,"lucene_version":"%s"},\
            "tagline":"You Know, for Search"}
            """.formatted(
                cluster.getNodeName(),
                cluster.getClusterName().value(),
                cluster.state().metadata().clusterUUID(),
                Build.current().version(),
                Build.current().hash(),
                Version.LATEST);
        return channel -> channel.sendResponse(new RestResponse(RestStatus.OK, "application/json", answer));
    }
}
