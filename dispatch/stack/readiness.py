"""Ask a web server whether it is ready, over HTTP like everybody else."""
import http.client
import ssl

READY_PATH = "/readyz"


def is_ready(host: str, port: int, *, tls: bool = False, timeout_s: float = 3.0) -> bool:
    """Whether /readyz answers 200: the web process is up and reaches its database and Redis."""
    connection: http.client.HTTPConnection
    if tls:
        trusting = ssl._create_unverified_context()   # our own certificate, on our own machine
        connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=trusting)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
