import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * An OpenSearch node of versions 2.19 and 3, with the modules that the runner brings.
 *
 * <p>Arguments: its home, then settings as NAME=VALUE. The home has log4j2.properties and opensearch.yml in config.
 */
public final class OpenSearchNode {
    private OpenSearchNode() {}

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
        OpenSearchRunner runner = new OpenSearchRunner();
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                runner.close();
            } catch (Exception failure) {
                failure.printStackTrace();
            }
            closed.countDown();
        }));
        // The port is among the settings: none is to be looked for.
        runner.setMaxHttpPort(-1);
        runner.onBuild((number, settings) -> {
            for (String assignment : assignments) {
                int end = assignment.indexOf('=');
                settings.put(assignment.substring(0, end), assignment.substring(end + 1));
            }
        });
        String config = home.resolve("config").toString();
        runner.build("-basePath", home.toString(), "-confPath", config, "-numOfNode", "1");
        closed.await();
    }
}
