# Serves the app on port 8501:
#   docker build -t reluscope . && docker run --rm -p 127.0.0.1:8501:8501 reluscope
# docs/serving.md says what memory a class needs, and how to put a password before it.
FROM python:3.11-slim

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN useradd --create-home reader && chown reader /app
USER reader

EXPOSE 8501
HEALTHCHECK --start-period=60s CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health')"
CMD ["python", "-m", "pages.server", "--server.address", "0.0.0.0", "--server.headless", "true"]
