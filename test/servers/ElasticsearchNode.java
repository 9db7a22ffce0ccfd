import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.AbstractHttpServerTransport;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.rest.RestController;

/**
 * An Elasticsearch node of versions 8.19 and 9 from what Maven Central has of it: the core and its HTTP server, without
 * the other modules.
 *
 * <p>Arguments: its home, then settings as NAME=VALUE. The home has log4j2.properties in config, and transport-netty4 in
 * modules.
 */
public final class ElasticsearchNode {
    private ElasticsearchNode() {}

    public static void main(String[] arguments) {
        try {
            run(Path.of(arguments[0]), List.of(arguments).subList(1, arguments.length));
        } catch (Throwable failure) {
            failure.printStackTrace();
            // Threads of a node that was half built would keep the process.
            Runtime.getRuntime().halt(1);
        }
    }

    private static void run(Path home, List<String> assignments) throws Exception {
        LogConfigurator.configureESLogging();
        Settings.Builder settings = Settings.builder().put("path.home", home.toString());
        for (String assignment : assignments) {
            int end = assignment.indexOf('=');
            settings.put(assignment.substring(0, end), assignment.substring(end + 1));
        }
        Environment environment = new Environment(settings.build(), home.resolve("config"));
        LogConfigurator.configure(environment, true);

        Node node = new Node(environment, pluginsOf(home));
        addRootEndpoint(node);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception failure) {
                failure.printStackTrace();
            }
            closed.countDown();
        }));
        node.start();
        closed.await();
    }

    private static PluginsLoader pluginsOf(Path home) throws Exception {
        Object modules = bundlesOf("loadModulesBundles", home.resolve("modules"));
        Object plugins = bundlesOf("loadPluginsBundles", home.resolve("plugins"));
        Method create =
            PluginsLoader.class.getMethod("createPluginsLoader", Set.class, Set.class, Map.class, boolean.class);
        return (PluginsLoader) create.invoke(null, modules, plugins, Map.of(), false);
    }

    /** Version 9.5 asks besides the folder for something that version 8 has not. */
    private static Object bundlesOf(String name, Path folder) throws Exception {
        Files.createDirectories(folder);
        for (Method method : PluginsLoader.class.getMethods()) {
            if (!method.getName().equals(name)) continue;
            return method.getParameterCount() == 1 ? method.invoke(null, folder) : method.invoke(null, folder, false);
        }
        throw new NoSuchMethodException(name);
    }

    private static void addRootEndpoint(Node node) throws Exception {
        var dispatcher = AbstractHttpServerTransport.class.getDeclaredField("dispatcher");
        dispatcher.setAccessible(true);
        Object transport = node.injector().getInstance(HttpServerTransport.class);
        RestController controller = (RestController) dispatcher.get(transport);
        controller.registerHandler(new RootEndpoint(node.injector().getInstance(ClusterService.class)));
    }
}
